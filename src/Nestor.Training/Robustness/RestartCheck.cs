using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;

namespace Nestor.Training.Robustness;

/// <summary>Plain PGD from ten random starts: cheap, and expected to find nothing after an evaluation's own attacks.</summary>
public static class RestartCheck
{
    private const int Steps = 20, Restarts = 10;

    /// <summary>The check of one model, on cross-entropy.</summary>
    public static Attack OnModel { get; } = new ProjectedGradient { Steps = Steps, Restarts = Restarts };

    /// <summary>The check of a vote, on its margin.</summary>
    /// <param name="policy">How the committee votes.</param>
    public static Attack OnVote(VotePolicy policy) => new ProjectedGradient { Loss = new VoteMarginLoss(policy), Steps = Steps, Restarts = Restarts };
}
