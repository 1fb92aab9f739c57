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
    public static Lanes128 CreateWords(float word)
    {
        var words = Vector128.Create(word);
        return new(words, words, words, words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 DotPairs(Lanes128 weights, float inputs, Lanes128 sums)
    {
        var x = Vector128.Create(inputs).AsInt16();
        return new(DotPairs(weights.a, x, sums.a), DotPairs(weights.b, x, sums.b), DotPairs(weights.c, x, sums.c), DotPairs(weights.d, x, sums.d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 DotNibbles(Lanes128 weights, float inputs, Lanes128 sums)
    {
        var x = Vector128.Create(inputs).AsSByte();
        return new(DotNibbles(weights.a, x, sums.a), DotNibbles(weights.b, x, sums.b), DotNibbles(weights.c, x, sums.c), DotNibbles(weights.d, x, sums.d));
    }

    public static Lanes128 DotQuads(Lanes128 weights, float inputs, Lanes128 sums) => throw new NotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SumPairs(Lanes128 words) => new(SumPairs(words.a), SumPairs(words.b), SumPairs(words.c), SumPairs(words.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBrainFloats(byte* source) =>
        new(BrainFloats(source), BrainFloats(source + 8), BrainFloats(source + 16), BrainFloats(source + 24));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 integers, Lanes128 scales, float inputScale, Lanes128 sums)
    {
        var scale = Vector128.Create(inputScale);
        return new(
            MultiplyAdd(integers.a, scales.a * scale, sums.a),
            MultiplyAdd(integers.b, scales.b * scale, sums.b),
            MultiplyAdd(integers.c, scales.c * scale, sums.c),
            MultiplyAdd(integers.d, scales.d * scale, sums.d));
    }

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
    private static Vector128<float> DotPairs(Vector128<float> weights, Vector128<short> x, Vector128<float> sums) =>
        (sums.AsInt32() + SumPairs((weights.AsInt16() * x).AsSingle()).AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> DotNibbles(Vector128<float> weights, Vector128<sbyte> x, Vector128<float> sums)
    {
        var even = EvenBytes(weights).AsInt16() * Vector128.ShiftRightArithmetic(x.AsInt16() << 8, 8);
        var odd = OddBytes(weights).AsInt16() * Vector128.ShiftRightArithmetic(x.AsInt16(), 8);
        return (sums.AsInt16() + even + odd).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> SumPairs(Vector128<float> words) =>
        (Vector128.ShiftRightArithmetic(words.AsInt32(), 16) + Vector128.ShiftRightArithmetic(words.AsInt32() << 16, 16)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> BrainFloats(byte* source) =>
        (Vector128.WidenLower(Vector64.Load((ushort*)source).ToVector128Unsafe()) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> MultiplyAdd(Vector128<float> integers, Vector128<float> scales, Vector128<float> sums) =>
        Vector128.FusedMultiplyAdd(Vector128.ConvertToSingle(integers.AsInt32()), scales, sums);
}
