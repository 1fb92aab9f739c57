using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>A whole number of times 16 floats in vector registers: what the fast kernels are written in, once for every processor.</summary>
/// <remarks>Some operations take the 32 bits of a lane as integers.</remarks>
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

    /// <summary>Bytes 0 and 2 of every word as 16-bit numbers.</summary>
    static abstract T EvenBytes(T words);

    /// <summary>Bytes 1 and 3 of every word as 16-bit numbers.</summary>
    static abstract T OddBytes(T words);

    /// <summary>The lower four bits of every byte.</summary>
    static abstract T LowNibbles(T words);

    /// <summary>The upper four bits of every byte.</summary>
    static abstract T HighNibbles(T words);

    /// <summary>Adds to every 32-bit sum two products: of 16-bit weights below 256 and 16-bit inputs from -127 to 127.</summary>
    static abstract T DotPairs(T weights, T inputs, T sums);

    /// <summary>Adds to every 16-bit sum two products: of unsigned 8-bit weights below 16 and signed 8-bit inputs.</summary>
    static abstract T DotNibbles(T weights, T inputs, T sums);

    /// <summary>Adds to every 32-bit sum four products of unsigned 8-bit weights and signed 8-bit inputs, where the processor has an instruction for it.</summary>
    /// <exception cref="NotSupportedException">It has none in this width that .NET exposes.</exception>
    static abstract T DotQuads(T weights, T inputs, T sums);

    /// <summary>The sum of both 16-bit numbers of every word.</summary>
    static abstract T SumPairs(T words);

    /// <summary>BF16 numbers, two bytes each.</summary>
    static abstract T LoadBrainFloats(byte* source);

    /// <summary>32-bit integers as floats.</summary>
    static abstract T ToFloats(T integers);

    static abstract T Multiply(T left, T right);

    /// <summary><c>output += sums * (scales * inputScale)</c> with 32-bit integers as sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual void AddScaled(T sums, T scales, float inputScale, float* output) =>
        T.Store(T.MultiplyAdd(T.ToFloats(sums), T.Multiply(scales, T.Create(inputScale)), T.Load(output)), output);
}
