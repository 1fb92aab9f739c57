namespace Nestor.Inference;

/// <summary>Zeroed floats that stay at one address, in whole vectors of 16 so that element-wise kernels need no remainder loop.</summary>
/// <remarks>Lives on the pinned heap: the garbage collector frees it, so neither decoder nor cache needs disposing.</remarks>
internal sealed unsafe class FloatBuffer
{
    // Keeps the memory behind Pointer alive.
    private readonly float[] values;

    /// <summary>Allocates a buffer.</summary>
    /// <exception cref="NestorException">More values than one array holds.</exception>
    public FloatBuffer(long count)
    {
        if (count > Array.MaxLength - Vectors.Lanes)
            throw new NestorException($"A buffer of {count} values was needed, one can hold {Array.MaxLength - Vectors.Lanes}; use a shorter context or a smaller model.");
        values = GC.AllocateArray<float>((int)(Vectors.Count(count) * Vectors.Lanes), pinned: true);
        fixed (float* first = values)
            Pointer = first;
    }

    public float* Pointer { get; }

    public long Length => values.LongLength;
}
