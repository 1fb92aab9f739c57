using Nestor.Models;

namespace Nestor.Inference.Weights;

/// <summary>A model's norms and biases as 32-bit floats, each aligned to a cache line with zeros up to the next, so that kernels read whole vectors.</summary>
internal sealed unsafe class VectorWeights
{
    private readonly Dictionary<string, nint> addresses = new(StringComparer.Ordinal);

    /// <summary>Copies the vectors of a checkpoint.</summary>
    /// <param name="checkpoint">The open model folder, packed or not.</param>
    /// <param name="target"><see cref="ByteCount"/> bytes, aligned to a cache line.</param>
    public VectorWeights(Checkpoint checkpoint, byte* target)
    {
        foreach (var (name, length) in Vectors(checkpoint.Config))
        {
            var values = new Span<float>(target, (int)(Stride(length) / sizeof(float)));
            checkpoint.Tensors.Get(name, length).CopyTo(values);
            values[(int)length..].Clear();
            addresses.Add(name, (nint)target);
            target += Stride(length);
        }
    }

    /// <summary>The floats of a vector that the model has.</summary>
    public float* this[string name] => (float*)addresses[name];

    /// <summary>Bytes of all vectors.</summary>
    public static long ByteCount(ModelConfig config) => Vectors(config).Sum(vector => Stride(vector.Length));

    /// <summary>The floats of a vector; null where the model has none of the name.</summary>
    public float* Find(string name) => (float*)addresses.GetValueOrDefault(name);

    private static long Stride(long length) => AlignedMemory.Aligned(length * sizeof(float));

    private static IEnumerable<(string Name, long Length)> Vectors(ModelConfig config) =>
        TensorNames.All(config).Where(tensor => tensor.Shape.Length == 1).Select(tensor => (tensor.Name, tensor.Shape[0]));
}
