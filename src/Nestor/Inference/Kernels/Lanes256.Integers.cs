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

    /// <summary>Both products before the sums: Zen 3 takes them sooner than in turns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DotPairs(Lanes256 weights, Lanes256 inputs, Lanes256 sums)
    {
        var low = Avx2.MultiplyAddAdjacent(weights.low.AsInt16(), inputs.low.AsInt16());
        var high = Avx2.MultiplyAddAdjacent(weights.high.AsInt16(), inputs.high.AsInt16());
        return new((sums.low.AsInt32() + low).AsSingle(), (sums.high.AsInt32() + high).AsSingle());
    }

    /// <summary>Both products before the sums, as in <see cref="DotPairs"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DotNibbles(Lanes256 weights, Lanes256 inputs, Lanes256 sums)
    {
        var low = Avx2.MultiplyAddAdjacent(weights.low.AsByte(), inputs.low.AsSByte());
        var high = Avx2.MultiplyAddAdjacent(weights.high.AsByte(), inputs.high.AsSByte());
        return new((sums.low.AsInt16() + low).AsSingle(), (sums.high.AsInt16() + high).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DotQuads(Lanes256 weights, Lanes256 inputs, Lanes256 sums) =>
        new(DotQuads(weights.low, inputs.low, sums.low), DotQuads(weights.high, inputs.high, sums.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SumPairs(Lanes256 words) => new(SumPairs(words.low), SumPairs(words.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBrainFloats(byte* source) => new(BrainFloats(source), BrainFloats(source + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ToFloats(Lanes256 integers) => new(ToFloats(integers.low), ToFloats(integers.high));

    /// <summary>In one register, where there are any of that width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(Lanes256 sums, Lanes256 scales, float inputScale, float* output)
    {
        var scale = Wide(scales) * Vector512.Create(inputScale);
        Vector512.Store(Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(Wide(sums).AsInt32()), scale, Vector512.Load(output)), output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Wide(Lanes256 lanes) => lanes.low.ToVector512Unsafe().WithUpper(lanes.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> EvenBytes(Vector256<float> words) => (words.AsUInt16() & Vector256.Create((ushort)0xFF)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> OddBytes(Vector256<float> words) => (words.AsUInt16() >> 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LowNibbles(Vector256<float> words) => (words.AsByte() & Vector256.Create((byte)0xF)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> HighNibbles(Vector256<float> words) => ((words.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)0xF)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> DotQuads(Vector256<float> weights, Vector256<float> inputs, Vector256<float> sums) =>
        AvxVnni.MultiplyWideningAndAdd(sums.AsInt32(), weights.AsByte(), inputs.AsSByte()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SumPairs(Vector256<float> words) =>
        Avx2.MultiplyAddAdjacent(words.AsInt16(), Vector256<short>.One).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> BrainFloats(byte* source) =>
        (Vector256.WidenLower(Vector128.Load((ushort*)source).ToVector256Unsafe()) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToFloats(Vector256<float> integers) => Vector256.ConvertToSingle(integers.AsInt32());
}
