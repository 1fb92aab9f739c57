using Nestor.Models;

namespace Nestor.Inference.Weights;

/// <summary>A model's norm weights as 32-bit floats, each aligned to a cache line with zeros up to the next, so that kernels read whole vectors.</summary>
internal sealed unsafe class NormWeights
{
    private readonly Dictionary<string, nint> addresses = new(StringComparer.Ordinal);

    /// <summary>Copies the norms of a checkpoint.</summary>
    /// <param name="checkpoint">The open model folder, packed or not.</param>
    /// <param name="target"><see cref="ByteCount"/> bytes, aligned to a cache line.</param>
    public NormWeights(Checkpoint checkpoint, byte* target)
    {
        var (hidden, stride) = (checkpoint.Config.HiddenSize, Stride(checkpoint.Config));
        foreach (var name in Names(checkpoint.Config))
        {
            var values = new Span<float>(target, (int)(stride / sizeof(float)));
            checkpoint.Tensors.Get(name, hidden).CopyTo(values);
            values[hidden..].Clear();
            addresses.Add(name, (nint)target);
            target += stride;
        }
    }

    /// <summary>(hidden) floats.</summary>
    public float* this[string name] => (float*)addresses[name];

    /// <summary>Bytes of all norms.</summary>
    public static long ByteCount(ModelConfig config) => Names(config).LongCount() * Stride(config);

    private static long Stride(ModelConfig config) => PackedMemory.Aligned((long)config.HiddenSize * sizeof(float));

    private static IEnumerable<string> Names(ModelConfig config) => TensorNames.All(config).Where(tensor => tensor.Shape.Length == 1).Select(tensor => tensor.Name);
}
