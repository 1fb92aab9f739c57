using System.Runtime.Intrinsics;

namespace Nestor.Retrieval.Kernels;

/// <summary>The kernels that this processor runs.</summary>
internal static class ScoreKernels
{
    /// <summary>The specification.</summary>
    public static ScoreKernel Plain => Supported[0];

    /// <summary>The fastest one.</summary>
    public static ScoreKernel Best => Supported[^1];

    /// <summary>All kernels, the plain one first, the fastest last.</summary>
    public static IReadOnlyList<ScoreKernel> Supported { get; } = [new PlainScores(), .. InLanes()];

    private static IEnumerable<ScoreKernel> InLanes()
    {
        yield return new ScoresInLanes<ScoreLanes128>();
        if (Vector256.IsHardwareAccelerated)
            yield return new ScoresInLanes<ScoreLanes256>();
        if (Vector512.IsHardwareAccelerated)
            yield return new ScoresInLanes<ScoreLanes512>();
    }
}
