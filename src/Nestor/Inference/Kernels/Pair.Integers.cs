using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Integers in the same registers.</summary>
internal readonly unsafe partial struct Pair<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> EvenBytes(Pair<T> words) => new(T.EvenBytes(words.a), T.EvenBytes(words.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> OddBytes(Pair<T> words) => new(T.OddBytes(words.a), T.OddBytes(words.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> LowNibbles(Pair<T> words) => new(T.LowNibbles(words.a), T.LowNibbles(words.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> HighNibbles(Pair<T> words) => new(T.HighNibbles(words.a), T.HighNibbles(words.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> SumPairs(Pair<T> words) => new(T.SumPairs(words.a), T.SumPairs(words.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> DotPairs(Pair<T> weights, Pair<T> inputs, Pair<T> sums) =>
        new(T.DotPairs(weights.a, inputs.a, sums.a), T.DotPairs(weights.b, inputs.b, sums.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> DotNibbles(Pair<T> weights, Pair<T> inputs, Pair<T> sums) =>
        new(T.DotNibbles(weights.a, inputs.a, sums.a), T.DotNibbles(weights.b, inputs.b, sums.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> DotQuads(Pair<T> weights, Pair<T> inputs, Pair<T> sums) =>
        new(T.DotQuads(weights.a, inputs.a, sums.a), T.DotQuads(weights.b, inputs.b, sums.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> LoadBrainFloats(byte* source) => new(T.LoadBrainFloats(source), T.LoadBrainFloats(source + 2 * T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> ToFloats(Pair<T> integers) => new(T.ToFloats(integers.a), T.ToFloats(integers.b));
}
