using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Tests.Inference;

/// <summary>A model folder of random weights in a temporary place, open for the test and deleted after it.</summary>
internal sealed class RandomModel : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nestor-random-model-").FullName;

    /// <summary>Widths, heads and vector sizes are deliberately no multiples of a vector.</summary>
    public static readonly ModelConfig Small = new()
    {
        VocabularySize = 53,
        HiddenSize = 36,
        FullWidths = WidthPlan.Uniform(72, 3),
        Heads = 6,
        KeyValueHeads = 2,
        HeadSize = 10,
        ContextLength = 150,
        Granularities = Granularity.Paper(72),
    };

    /// <summary>Writes and opens a folder.</summary>
    /// <param name="config">The model.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="type">Type of the tensors.</param>
    /// <param name="damagedToken">A token whose embedding is not a number.</param>
    public RandomModel(ModelConfig config, int seed = 1, TensorType type = TensorType.F32, int? damagedToken = null)
    {
        var random = new Random(seed);
        var sources = TensorNames.All(config).Select(tensor => Source(tensor.Name, [.. tensor.Shape], random, type, damagedToken)).ToList();
        Checkpoint.Write(folder, config, sources);
        Checkpoint = Checkpoint.Open(folder);
    }

    public Checkpoint Checkpoint { get; }

    public ModelConfig Config => Checkpoint.Config;

    public static int[] Tokens(int count, int seed = 5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Small.VocabularySize))];
    }

    /// <summary>Logits of all tokens in one call with a new cache: (tokens, vocabulary).</summary>
    public static float[] All(Decoder decoder, ReadOnlySpan<int> tokens, WidthPlan plan)
    {
        var logits = new float[tokens.Length * decoder.Config.VocabularySize];
        decoder.ForwardAll(tokens, new KvCache(decoder.Config), plan, logits);
        return logits;
    }

    public void Dispose()
    {
        Checkpoint.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    // Norms near 1, matrices of unit gain, so that activations stay of order 1 through the layers.
    private static TensorSource Source(string name, long[] shape, Random random, TensorType type, int? damagedToken)
    {
        var count = shape.Aggregate(1L, (a, b) => a * b);
        var scale = shape.Length == 1 ? 0.2 : 1.7 / Math.Sqrt(shape[^1]);
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
            value = (float)((shape.Length == 1 ? 1 : 0) + scale * (2 * random.NextDouble() - 1));
        if (damagedToken is { } token && name == TensorNames.Embedding)
            values.AsSpan(token * (int)shape[1], (int)shape[1]).Fill(float.NaN);
        return type switch
        {
            TensorType.F32 => TensorSource.Of(name, values, shape),
            TensorType.BF16 => new TensorSource(name, type, [.. shape], stream => Write(stream, values, v => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(v) >> 16)))),
            TensorType.F16 => new TensorSource(name, type, [.. shape], stream => Write(stream, values, v => BitConverter.GetBytes((Half)v))),
            TensorType.F64 => new TensorSource(name, type, [.. shape], stream => Write(stream, values, v => BitConverter.GetBytes((double)v))),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
    }

    private static void Write(Stream stream, float[] values, Func<float, byte[]> bytes)
    {
        foreach (var value in values)
            stream.Write(bytes(value));
    }
}
