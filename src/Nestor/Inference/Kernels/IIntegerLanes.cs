using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Lanes whose 32 bits are also integers, or words of smaller ones: what products with quantised weights are written in.</summary>
/// <typeparam name="T">The implementing struct.</typeparam>
internal unsafe interface IIntegerLanes<T> : ILanes<T>
    where T : struct, IIntegerLanes<T>
{
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
