using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>8-bit weights where an instruction adds four products of bytes (AVX-VNNI).</summary>
internal readonly unsafe struct Q8QuadDots : IDots
{
    public static string Suffix => " Vnni";

    public static int Steps => 8;

    public static int Parts => 1;

    public static void Arrange(Vector256<sbyte> quantized, int* words) => quantized.Store((sbyte*)words);

    public static int Start(int sum) => -128 * sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First<T>(byte* step)
        where T : struct, IIntegerLanes<T> => T.Load((float*)step);

    public static T Second<T>(byte* step)
        where T : struct, IIntegerLanes<T> => throw new NotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Add<T>(T weights, T inputs, T sums)
        where T : struct, IIntegerLanes<T> => T.DotQuads(weights, inputs, sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Finish<T>(T sums)
        where T : struct, IIntegerLanes<T> => sums;
}
