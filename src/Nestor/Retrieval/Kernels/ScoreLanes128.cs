using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference;

namespace Nestor.Retrieval.Kernels;

/// <summary>16 floats in four registers of 128 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe struct ScoreLanes128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : IScoreLanes<ScoreLanes128>
{
    private readonly Vector128<float> a = a;
    private readonly Vector128<float> b = b;
    private readonly Vector128<float> c = c;
    private readonly Vector128<float> d = d;

    public static string Name => "Vector128";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScoreLanes128 Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScoreLanes128 MultiplyAdd(ScoreLanes128 left, ScoreLanes128 right, ScoreLanes128 sums) => new(
        Vector128.FusedMultiplyAdd(left.a, right.a, sums.a),
        Vector128.FusedMultiplyAdd(left.b, right.b, sums.b),
        Vector128.FusedMultiplyAdd(left.c, right.c, sums.c),
        Vector128.FusedMultiplyAdd(left.d, right.d, sums.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(ScoreLanes128 lanes) => Vectors.Sum((lanes.a + lanes.c) + (lanes.b + lanes.d));
}
