using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;

namespace Nestor.Training.Robustness;

/// <summary>The attacks that find most for their cost, with few steps: for curves, not for headlines.</summary>
/// <remarks>Far from an image a network may be flat; there a few queries without gradients find what gradients cannot.</remarks>
public static class QuickAttacks
{
    private const int Steps = 20, Targets = 3, Queries = 100;

    /// <summary>On one model.</summary>
    /// <param name="classes">The number of classes.</param>
    public static IReadOnlyList<Attack> OnModel(int classes) => [.. AutoAttack.Climbs(classes, Steps, Targets), new SquareAttack { Queries = Queries }];

    /// <summary>On a vote.</summary>
    /// <param name="policy">How the committee votes.</param>
    public static IReadOnlyList<Attack> OnVote(VotePolicy policy) =>
    [
        .. new AttackLoss[] { new MeanProbabilityLoss(), new ClampedRatioLoss(), new VoteMarginLoss(policy) }.Select(loss => new AutoPgd(loss) { Steps = Steps }),
        new SquareAttack { Loss = new VoteMarginLoss(policy), Queries = Queries },
    ];
}
