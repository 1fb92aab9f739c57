using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference;

namespace Nestor.Retrieval.Kernels;

/// <summary>16 floats in one register of 512 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe struct ScoreLanes512(Vector512<float> lanes) : IScoreLanes<ScoreLanes512>
{
    private readonly Vector512<float> lanes = lanes;

    public static string Name => "Vector512";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScoreLanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScoreLanes512 MultiplyAdd(ScoreLanes512 left, ScoreLanes512 right, ScoreLanes512 sums) =>
        new(Vector512.FusedMultiplyAdd(left.lanes, right.lanes, sums.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(ScoreLanes512 lanes) => Vectors.Sum(lanes.lanes);
}
