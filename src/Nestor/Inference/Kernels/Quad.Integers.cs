using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Integers in the same registers.</summary>
internal readonly unsafe partial struct Quad<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> EvenBytes(Quad<T> words) =>
        new(T.EvenBytes(words.a), T.EvenBytes(words.b), T.EvenBytes(words.c), T.EvenBytes(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> OddBytes(Quad<T> words) =>
        new(T.OddBytes(words.a), T.OddBytes(words.b), T.OddBytes(words.c), T.OddBytes(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> LowNibbles(Quad<T> words) =>
        new(T.LowNibbles(words.a), T.LowNibbles(words.b), T.LowNibbles(words.c), T.LowNibbles(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> HighNibbles(Quad<T> words) =>
        new(T.HighNibbles(words.a), T.HighNibbles(words.b), T.HighNibbles(words.c), T.HighNibbles(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> SumPairs(Quad<T> words) =>
        new(T.SumPairs(words.a), T.SumPairs(words.b), T.SumPairs(words.c), T.SumPairs(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> DotPairs(Quad<T> weights, Quad<T> inputs, Quad<T> sums) => new(
        T.DotPairs(weights.a, inputs.a, sums.a), T.DotPairs(weights.b, inputs.b, sums.b),
        T.DotPairs(weights.c, inputs.c, sums.c), T.DotPairs(weights.d, inputs.d, sums.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> DotNibbles(Quad<T> weights, Quad<T> inputs, Quad<T> sums) => new(
        T.DotNibbles(weights.a, inputs.a, sums.a), T.DotNibbles(weights.b, inputs.b, sums.b),
        T.DotNibbles(weights.c, inputs.c, sums.c), T.DotNibbles(weights.d, inputs.d, sums.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> DotQuads(Quad<T> weights, Quad<T> inputs, Quad<T> sums) => new(
        T.DotQuads(weights.a, inputs.a, sums.a), T.DotQuads(weights.b, inputs.b, sums.b),
        T.DotQuads(weights.c, inputs.c, sums.c), T.DotQuads(weights.d, inputs.d, sums.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> LoadBrainFloats(byte* source) => new(
        T.LoadBrainFloats(source), T.LoadBrainFloats(source + 2 * T.Count), T.LoadBrainFloats(source + 4 * T.Count), T.LoadBrainFloats(source + 6 * T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> ToFloats(Quad<T> integers) =>
        new(T.ToFloats(integers.a), T.ToFloats(integers.b), T.ToFloats(integers.c), T.ToFloats(integers.d));
}
