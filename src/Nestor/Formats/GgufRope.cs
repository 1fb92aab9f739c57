using System.Runtime.InteropServices;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Formats;

/// <summary>Stretched rotary positions in GGUF files: a tensor of what frequencies are divided by, from which the rule behind it is found again.</summary>
internal static class GgufRope
{
    private const string Key = "nestor.rope_scaling";

    /// <summary>The rules of Llama 3.1 and 3.2, whose files by other tools do not tell them.</summary>
    private static readonly RopeScaling[] Published = [new(8, 1, 4, 8192), new(32, 1, 4, 8192)];

    /// <summary>The tensor of a model whose rotary positions are stretched.</summary>
    public static GgufTensor Tensor(ModelConfig config, RopeScaling scaling)
    {
        var factors = Factors(config, scaling);
        return new GgufTensor(GgufTensorName.RopeFactors, GgufType.F32, [factors.Length], stream => stream.Write(MemoryMarshal.AsBytes(factors.AsSpan())));
    }

    /// <summary>Adds the rule to what a file says of itself.</summary>
    public static void Add(GgufMetadata metadata, RopeScaling scaling) =>
        metadata.Add(Key, [scaling.Factor, scaling.LowFrequencyFactor, scaling.HighFrequencyFactor, scaling.OriginalContext]);

    /// <summary>The rule of a file; null where nothing is stretched.</summary>
    /// <param name="file">The file.</param>
    /// <param name="config">Its model without the rule.</param>
    /// <exception cref="NestorException">No rule that is known gives the file's tensor.</exception>
    public static RopeScaling? Read(GgufFile file, ModelConfig config)
    {
        if (!file.Tensors.TryGetValue(GgufTensorName.RopeFactors, out var tensor))
            return null;
        var rules = file.Metadata.TryGetValue(Key, out var value) && value.Numbers() is [var factor, var low, var high, >= 1 and <= 1 << 24 and var context]
            ? [new RopeScaling(factor, low, high, (int)context)]
            : Published;
        var found = tensor.Shape is [var size] && size == config.HeadSize / 2 && tensor.Type == GgufType.F32
            ? Array.Find(rules, rule => !rule.Problems().Any() && Fits(tensor, Factors(config, rule)))
            : null;
        return found ?? throw new NestorException($"'{file.Path}' stretches rotary positions ({GgufTensorName.RopeFactors}) by a rule that Nestor does not know; those of Llama 3.1 and 3.2 and of Nestor's own files are read.");
    }

    private static float[] Factors(ModelConfig config, RopeScaling scaling)
    {
        var plain = RotaryPositions.Frequencies(config.HeadSize, config.RopeTheta, scaling: null);
        return [.. plain.Zip(RotaryPositions.Frequencies(config.HeadSize, config.RopeTheta, scaling), (before, after) => before / after)];
    }

    private static bool Fits(GgufTensorView tensor, float[] factors)
    {
        const float error = 1e-3f;
        using var bytes = new MemoryStream();
        tensor.As(tensor.Name, reorderedHeadSize: null).Write(bytes);
        return MemoryMarshal.Cast<byte, float>(bytes.ToArray()).ToArray().Zip(factors).All(pair => Math.Abs(pair.First - pair.Second) <= error * pair.Second);
    }
}
