using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>4-bit weights where an instruction adds four products of bytes (AVX-VNNI).</summary>
internal readonly unsafe struct Q4QuadDots : IDots
{
    public static string Suffix => " Vnni";

    public static int Steps => 4;

    public static int Parts => 2;

    public static void Arrange(Vector256<sbyte> quantized, int* words) => quantized.Store((sbyte*)words);

    public static int Start(int sum) => -8 * sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First<T>(byte* step)
        where T : struct, IIntegerLanes<T> => T.LowNibbles(T.Load((float*)step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Second<T>(byte* step)
        where T : struct, IIntegerLanes<T> => T.HighNibbles(T.Load((float*)step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Add<T>(T weights, T inputs, T sums)
        where T : struct, IIntegerLanes<T> => T.DotQuads(weights, inputs, sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Finish<T>(T sums)
        where T : struct, IIntegerLanes<T> => sums;
}
