using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>8-bit weights as pairs of 16-bit numbers: the even bytes of a step, then the odd ones.</summary>
internal readonly unsafe struct Q8Dots : IDots
{
    public static string Suffix => "";

    public static int Steps => 8;

    public static int Parts => 2;

    public static void Arrange(Vector256<sbyte> quantized, int* words)
    {
        var bytes = quantized.AsInt16();
        var even = Vector256.ShiftRightArithmetic(bytes << 8, 8).AsUInt32();
        var odd = Vector256.ShiftRightArithmetic(bytes, 8).AsUInt32();
        (Vector256.WidenLower(even) | Vector256.WidenLower(odd) << 32).Store((ulong*)words);
        (Vector256.WidenUpper(even) | Vector256.WidenUpper(odd) << 32).Store((ulong*)words + 4);
    }

    public static int Start(int sum) => -128 * sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First<T>(byte* step)
        where T : struct, IIntegerLanes<T> => T.EvenBytes(T.Load((float*)step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Second<T>(byte* step)
        where T : struct, IIntegerLanes<T> => T.OddBytes(T.Load((float*)step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Add<T>(T weights, T inputs, T sums)
        where T : struct, IIntegerLanes<T> => T.DotPairs(weights, inputs, sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Finish<T>(T sums)
        where T : struct, IIntegerLanes<T> => sums;
}
