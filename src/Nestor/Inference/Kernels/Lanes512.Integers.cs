using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Kernels;

/// <summary>Integers in the same registers.</summary>
internal readonly unsafe partial struct Lanes512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 EvenBytes(Lanes512 words) => new((words.all.AsUInt16() & Vector512.Create((ushort)0xFF)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 OddBytes(Lanes512 words) => new((words.all.AsUInt16() >> 8).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LowNibbles(Lanes512 words) => new((words.all.AsByte() & Vector512.Create((byte)0xF)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 HighNibbles(Lanes512 words) => new(((words.all.AsUInt16() >> 4).AsByte() & Vector512.Create((byte)0xF)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 DotPairs(Lanes512 weights, Lanes512 inputs, Lanes512 sums) =>
        new(DotPairs(weights.all, inputs.all, sums.all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 DotNibbles(Lanes512 weights, Lanes512 inputs, Lanes512 sums) =>
        new(DotNibbles(weights.all, inputs.all, sums.all));

    public static Lanes512 DotQuads(Lanes512 weights, Lanes512 inputs, Lanes512 sums) => throw new NotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 SumPairs(Lanes512 words) => new(SumPairs(words.all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBrainFloats(byte* source) => new(BrainFloats(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ToFloats(Lanes512 integers) => new(ToFloats(integers.all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> DotPairs(Vector512<float> weights, Vector512<float> inputs, Vector512<float> sums) =>
        (sums.AsInt32() + Avx512BW.MultiplyAddAdjacent(weights.AsInt16(), inputs.AsInt16())).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> DotNibbles(Vector512<float> weights, Vector512<float> inputs, Vector512<float> sums) =>
        (sums.AsInt16() + Avx512BW.MultiplyAddAdjacent(weights.AsByte(), inputs.AsSByte())).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> SumPairs(Vector512<float> words) =>
        Avx512BW.MultiplyAddAdjacent(words.AsInt16(), Vector512<short>.One).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> BrainFloats(byte* source) =>
        (Vector512.WidenLower(Vector256.Load((ushort*)source).ToVector512Unsafe()) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ToFloats(Vector512<float> integers) => Vector512.ConvertToSingle(integers.AsInt32());
}
