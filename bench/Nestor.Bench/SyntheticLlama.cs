using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>A folder of Llama's kind with about a gigabyte of weights that mean nothing.</summary>
internal static class SyntheticLlama
{
    private static readonly ModelConfig Config = new()
    {
        VocabularySize = 32_000,
        HiddenSize = 2048,
        FullWidths = WidthPlan.Uniform(5632, 10),
        Heads = 32,
        KeyValueHeads = 8,
        HeadSize = 64,
    };

    public static void Write(string folder) => Checkpoint.Write(folder, Config, [.. TensorNames.All(Config).Select(tensor =>
        new TensorSource(tensor.Name, TensorType.BF16, tensor.Shape, stream => RandomBytes.Write(stream, sizeof(ushort) * tensor.Shape.Aggregate(1L, (product, size) => product * size))))]);
}
