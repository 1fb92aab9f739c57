using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses.Votes;

namespace Nestor.Training.Robustness;

/// <summary>Plain PGD from ten random starts: cheap, and expected to find nothing after an evaluation's own attacks.</summary>
public static class RestartCheck
{
    private const int Steps = 20, Restarts = 10;

    /// <summary>The check of one model, on cross-entropy.</summary>
    public static Attack OnModel { get; } = new ProjectedGradient { Steps = Steps, Restarts = Restarts };

    /// <summary>The check of a vote, on the ratio of the member that decides it.</summary>
    /// <param name="members">Members of the committee.</param>
    public static Attack OnVote(int members) => new ProjectedGradient { Loss = new RankedRatioLoss(members / 2 + 1), Steps = Steps, Restarts = Restarts };
}
