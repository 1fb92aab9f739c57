using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace Nestor.Tests.Formats;

/// <summary>A GGUF file in llama.cpp itself, as LLamaSharp brings it: a reader that is not ours.</summary>
internal sealed class LlamaCppModel : IDisposable
{
    private readonly ModelParams parameters;
    private readonly LLamaWeights weights;

    static LlamaCppModel() => NativeLibraryConfig.All.WithLogCallback((_, _) => { });

    public LlamaCppModel(string path)
    {
        // 32-bit floats for keys and values, as our decoder has them.
        parameters = new ModelParams(path)
        {
            GpuLayerCount = 0,
            ContextSize = 64,
            Threads = 1,
            BatchThreads = 1,
            FlashAttention = false,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
        };
        weights = LLamaWeights.LoadFromFile(parameters);
    }

    /// <summary>The tokens of a text, without any before or behind it.</summary>
    public int[] Tokenize(string text) => Array.ConvertAll(weights.Tokenize(text, add_bos: false, special: true, Encoding.UTF8), token => (int)token);

    /// <summary>Scores after each token: (tokens, vocabulary).</summary>
    public float[] Scores(int[] tokens)
    {
        using var context = weights.CreateContext(parameters);
        var batch = new LLamaBatch();
        for (var i = 0; i < tokens.Length; i++)
            batch.Add(tokens[i], i, LLamaSeqId.Zero, true);
        Assert.Equal(DecodeResult.Ok, context.NativeHandle.Decode(batch));
        return [.. Enumerable.Range(0, tokens.Length).SelectMany(i => context.NativeHandle.GetLogitsIth(i).ToArray())];
    }

    public void Dispose() => weights.Dispose();
}
