using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>4-bit weights: sums of a whole tile in 16 bits, two for each row.</summary>
/// <remarks>
/// A 16-bit sum has 16 of the 32 products and half of the start, which is -4 times the sum of all inputs:
/// <c>sum((q + 8) x) - 4 sum(x) - 4 sum(x')</c> is at most <c>16 (11 + 4) 127 = 30480</c>. Overflow on the way wraps around and back.
/// </remarks>
internal readonly unsafe struct Q4Dots : IDots
{
    public static string Suffix => "";

    public static int Steps => 4;

    public static int Parts => 2;

    public static void Arrange(Vector256<sbyte> quantized, int* words) => quantized.Store((sbyte*)words);

    public static int Start(int sum) => (-4 * sum & 0xFFFF) * 0x1_0001;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T First<T>(byte* step)
        where T : struct, IIntegerLanes<T> => T.LowNibbles(T.Load((float*)step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Second<T>(byte* step)
        where T : struct, IIntegerLanes<T> => T.HighNibbles(T.Load((float*)step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Add<T>(T weights, T inputs, T sums)
        where T : struct, IIntegerLanes<T> => T.DotNibbles(weights, inputs, sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Finish<T>(T sums)
        where T : struct, IIntegerLanes<T> => T.SumPairs(sums);
}
