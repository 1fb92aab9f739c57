namespace Nestor.Inference;

/// <summary>Zeroed floats that stay at one address, in whole vectors of 16 so that element-wise kernels need no remainder loop.</summary>
/// <remarks>Lives on the pinned heap: the garbage collector frees it, so neither decoder nor cache needs disposing.</remarks>
internal sealed unsafe class FloatBuffer
{
    // A vector that begins at a multiple of its size lies in one cache line.
    private const nuint Alignment = Vectors.Lanes * sizeof(float);

    // Keeps the memory behind Pointer alive.
    private readonly float[] values;

    /// <summary>Allocates a buffer.</summary>
    /// <exception cref="NestorException">More values than one array holds.</exception>
    public FloatBuffer(long count)
    {
        const int most = 0x7FFF_FF00;
        if (count > most)
            throw new NestorException($"A buffer of {count} values was needed, one can hold {most}; use a shorter context or a smaller model.");
        Length = Vectors.Count(count) * Vectors.Lanes;
        values = GC.AllocateArray<float>((int)Length + Vectors.Lanes, pinned: true);
        fixed (float* first = values)
            Pointer = (float*)(((nuint)first + Alignment - 1) / Alignment * Alignment);
    }

    public float* Pointer { get; }

    public long Length { get; }
}
