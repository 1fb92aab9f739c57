using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Losses.Votes;

namespace Nestor.Training.Robustness;

/// <summary>The attacks that find most for their cost, with few steps: for curves, not for headlines.</summary>
public static class QuickAttacks
{
    private const int Steps = 20, Targets = 3;

    /// <summary>On one model.</summary>
    /// <param name="classes">The number of classes.</param>
    public static IReadOnlyList<Attack> OnModel(int classes) =>
    [
        new AutoPgd(new CrossEntropyLoss()) { Steps = Steps },
        classes >= 4 ? new TargetedAutoPgd { Steps = Steps, Targets = Targets } : new AutoPgd(new MarginLoss()) { Steps = Steps },
    ];

    /// <summary>On a vote.</summary>
    /// <param name="members">Members of the committee.</param>
    public static IReadOnlyList<Attack> OnVote(int members) =>
        [.. new AttackLoss[] { new MeanProbabilityLoss(), new ClampedRatioLoss(MemberSet.All), new RankedRatioLoss(members / 2 + 1) }.Select(loss => new AutoPgd(loss) { Steps = Steps })];
}
