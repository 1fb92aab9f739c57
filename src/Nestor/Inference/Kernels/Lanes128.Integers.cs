using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>Integers in the same registers.</summary>
internal readonly unsafe partial struct Lanes128
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 EvenBytes(Lanes128 words) => new(EvenBytes(words.a), EvenBytes(words.b), EvenBytes(words.c), EvenBytes(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 OddBytes(Lanes128 words) => new(OddBytes(words.a), OddBytes(words.b), OddBytes(words.c), OddBytes(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LowNibbles(Lanes128 words) =>
        new(LowNibbles(words.a), LowNibbles(words.b), LowNibbles(words.c), LowNibbles(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 HighNibbles(Lanes128 words) =>
        new(HighNibbles(words.a), HighNibbles(words.b), HighNibbles(words.c), HighNibbles(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 DotPairs(Lanes128 weights, Lanes128 inputs, Lanes128 sums) => new(
        DotPairs(weights.a, inputs.a, sums.a), DotPairs(weights.b, inputs.b, sums.b),
        DotPairs(weights.c, inputs.c, sums.c), DotPairs(weights.d, inputs.d, sums.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 DotNibbles(Lanes128 weights, Lanes128 inputs, Lanes128 sums) => new(
        DotNibbles(weights.a, inputs.a, sums.a), DotNibbles(weights.b, inputs.b, sums.b),
        DotNibbles(weights.c, inputs.c, sums.c), DotNibbles(weights.d, inputs.d, sums.d));

    public static Lanes128 DotQuads(Lanes128 weights, Lanes128 inputs, Lanes128 sums) => throw new NotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SumPairs(Lanes128 words) => new(SumPairs(words.a), SumPairs(words.b), SumPairs(words.c), SumPairs(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBrainFloats(byte* source) =>
        new(BrainFloats(source), BrainFloats(source + 8), BrainFloats(source + 16), BrainFloats(source + 24));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ToFloats(Lanes128 integers) =>
        new(ToFloats(integers.a), ToFloats(integers.b), ToFloats(integers.c), ToFloats(integers.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> EvenBytes(Vector128<float> words) => (words.AsUInt16() & Vector128.Create((ushort)0xFF)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> OddBytes(Vector128<float> words) => (words.AsUInt16() >> 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> LowNibbles(Vector128<float> words) => (words.AsByte() & Vector128.Create((byte)0xF)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> HighNibbles(Vector128<float> words) => ((words.AsUInt16() >> 4).AsByte() & Vector128.Create((byte)0xF)).AsSingle();

    // A product of a weight below 256 and an input up to 127 fits into 16 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> DotPairs(Vector128<float> weights, Vector128<float> inputs, Vector128<float> sums) =>
        (sums.AsInt32() + SumPairs((weights.AsInt16() * inputs.AsInt16()).AsSingle()).AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> DotNibbles(Vector128<float> weights, Vector128<float> inputs, Vector128<float> sums)
    {
        var even = EvenBytes(weights).AsInt16() * Vector128.ShiftRightArithmetic(inputs.AsInt16() << 8, 8);
        var odd = OddBytes(weights).AsInt16() * Vector128.ShiftRightArithmetic(inputs.AsInt16(), 8);
        return (sums.AsInt16() + even + odd).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> SumPairs(Vector128<float> words) =>
        (Vector128.ShiftRightArithmetic(words.AsInt32(), 16) + Vector128.ShiftRightArithmetic(words.AsInt32() << 16, 16)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> BrainFloats(byte* source) =>
        (Vector128.WidenLower(Vector64.Load((ushort*)source).ToVector128Unsafe()) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ToFloats(Vector128<float> integers) => Vector128.ConvertToSingle(integers.AsInt32());
}
