using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Kernels;

/// <summary>Integers in the same registers.</summary>
internal readonly unsafe partial struct Lanes256
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 EvenBytes(Lanes256 words) => new(EvenBytes(words.low), EvenBytes(words.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 OddBytes(Lanes256 words) => new(OddBytes(words.low), OddBytes(words.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LowNibbles(Lanes256 words) => new(LowNibbles(words.low), LowNibbles(words.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 HighNibbles(Lanes256 words) => new(HighNibbles(words.low), HighNibbles(words.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 CreateWords(float word)
    {
        var words = Vector256.Create(word);
        return new(words, words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DotPairs(Lanes256 weights, float inputs, Lanes256 sums)
    {
        var x = Vector256.Create(inputs).AsInt16();
        return new(DotPairs(weights.low, x, sums.low), DotPairs(weights.high, x, sums.high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DotNibbles(Lanes256 weights, float inputs, Lanes256 sums)
    {
        var x = Vector256.Create(inputs).AsSByte();
        return new(DotNibbles(weights.low, x, sums.low), DotNibbles(weights.high, x, sums.high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DotQuads(Lanes256 weights, float inputs, Lanes256 sums)
    {
        var x = Vector256.Create(inputs).AsSByte();
        return new(DotQuads(weights.low, x, sums.low), DotQuads(weights.high, x, sums.high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SumPairs(Lanes256 words) => new(SumPairs(words.low), SumPairs(words.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBrainFloats(byte* source) => new(BrainFloats(source), BrainFloats(source + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 integers, Lanes256 scales, float inputScale, Lanes256 sums)
    {
        var scale = Vector256.Create(inputScale);
        return new(
            MultiplyAdd(integers.low, scales.low * scale, sums.low),
            MultiplyAdd(integers.high, scales.high * scale, sums.high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> EvenBytes(Vector256<float> words) => (words.AsUInt16() & Vector256.Create((ushort)0xFF)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> OddBytes(Vector256<float> words) => (words.AsUInt16() >> 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LowNibbles(Vector256<float> words) => (words.AsByte() & Vector256.Create((byte)0xF)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> HighNibbles(Vector256<float> words) => ((words.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)0xF)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> DotPairs(Vector256<float> weights, Vector256<short> x, Vector256<float> sums) =>
        (sums.AsInt32() + Avx2.MultiplyAddAdjacent(weights.AsInt16(), x)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> DotNibbles(Vector256<float> weights, Vector256<sbyte> x, Vector256<float> sums) =>
        (sums.AsInt16() + Avx2.MultiplyAddAdjacent(weights.AsByte(), x)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> DotQuads(Vector256<float> weights, Vector256<sbyte> x, Vector256<float> sums) =>
        AvxVnni.MultiplyWideningAndAdd(sums.AsInt32(), weights.AsByte(), x).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SumPairs(Vector256<float> words) =>
        Avx2.MultiplyAddAdjacent(words.AsInt16(), Vector256<short>.One).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> BrainFloats(byte* source) =>
        (Vector256.WidenLower(Vector128.Load((ushort*)source).ToVector256Unsafe()) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> MultiplyAdd(Vector256<float> integers, Vector256<float> scales, Vector256<float> sums) =>
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(integers.AsInt32()), scales, sums);
}
