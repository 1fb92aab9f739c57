namespace Nestor.Inference.Kernels;

/// <summary>A whole number of times 16 floats in vector registers: what the fast kernels are written in, once for every processor.</summary>
/// <typeparam name="T">The implementing struct.</typeparam>
internal unsafe interface ILanes<T>
    where T : struct, ILanes<T>
{
    /// <summary>What reports and tests call kernels in these lanes.</summary>
    static abstract string Name { get; }

    /// <summary>Registers that hold them.</summary>
    static abstract int Registers { get; }

    /// <summary>Number of floats.</summary>
    static abstract int Count { get; }

    static abstract T Zero { get; }

    /// <summary>The same number, or 32 bits, in every lane.</summary>
    static abstract T Create(float value);

    static abstract T Load(float* source);

    /// <summary>The upper halves of words, as BF16.</summary>
    static abstract T LoadUpperHalves(byte* source);

    /// <summary>The lower halves of words, as BF16.</summary>
    static abstract T LoadLowerHalves(byte* source);

    /// <summary>The numbers whose F16 bits are the upper halves of the lanes; the lower halves are zero.</summary>
    static abstract T FromHalf(T upperHalves);

    static abstract void Store(T lanes, float* target);

    /// <summary><c>weights * inputs + sums</c>, rounded once.</summary>
    static abstract T MultiplyAdd(T weights, T inputs, T sums);
}
