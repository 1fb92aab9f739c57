using System.Runtime.Intrinsics;

namespace Nestor.Inference;

/// <summary>What the kernels share about vectors of 16 floats.</summary>
/// <remarks>
/// Kernels use <see cref="Vector512{T}"/> on every machine, also where it is two or four narrower registers: the lanes fix the order
/// of every sum, so a result does not depend on the processor's vector width.
/// </remarks>
internal static unsafe class Vectors
{
    /// <summary>Floats in one vector.</summary>
    public const int Lanes = 16;

    /// <summary>Vectors that hold a number of floats.</summary>
    public static long Count(long floats) => (floats + Lanes - 1) / Lanes;

    /// <summary>The sum of the lanes, halves first.</summary>
    public static float Sum(Vector512<float> lanes) => Sum(lanes.GetLower() + lanes.GetUpper());

    /// <summary>The sum of the lanes, halves first.</summary>
    public static float Sum(Vector256<float> lanes) => Sum(lanes.GetLower() + lanes.GetUpper());

    /// <summary>The sum of the lanes, halves first.</summary>
    public static float Sum(Vector128<float> lanes) => (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);

    /// <summary>The sum of the lanes, halves first.</summary>
    public static double Sum(Vector512<double> lanes)
    {
        var four = lanes.GetLower() + lanes.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }
}
