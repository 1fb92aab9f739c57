using System.Runtime.CompilerServices;

namespace Nestor.Retrieval.Kernels;

/// <summary>Row after row, in the order of memory: the processor fetches one long stream by itself, and works on several rows at once because none waits for another.</summary>
/// <remarks>Several rows side by side would load the query less often, but read memory in jumps, which was measured to be less than half as fast.</remarks>
internal sealed unsafe class ScoresInLanes<T>() : ScoreKernel(T.Name)
    where T : struct, IScoreLanes<T>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(float* rows, nint stride, int count, float* query, int steps, float* scores)
    {
        var end = (nint)steps * Lanes;
        for (var row = 0; row < count; row++, rows += stride)
        {
            T sums = default;
            for (nint i = 0; i < end; i += Lanes)
                sums = T.MultiplyAdd(T.Load(rows + i), T.Load(query + i), sums);
            scores[row] = T.Sum(sums);
        }
    }
}
