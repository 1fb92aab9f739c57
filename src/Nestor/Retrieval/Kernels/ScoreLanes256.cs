using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference;

namespace Nestor.Retrieval.Kernels;

/// <summary>16 floats in two registers of 256 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe struct ScoreLanes256(Vector256<float> low, Vector256<float> high) : IScoreLanes<ScoreLanes256>
{
    private readonly Vector256<float> low = low;
    private readonly Vector256<float> high = high;

    public static string Name => "Vector256";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScoreLanes256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScoreLanes256 MultiplyAdd(ScoreLanes256 left, ScoreLanes256 right, ScoreLanes256 sums) => new(
        Vector256.FusedMultiplyAdd(left.low, right.low, sums.low), Vector256.FusedMultiplyAdd(left.high, right.high, sums.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(ScoreLanes256 lanes) => Vectors.Sum(lanes.low + lanes.high);
}
