using System.Collections.Immutable;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;

namespace Nestor.Training.Robustness;

/// <summary>Attacks made for a vote over members: what an honest evaluation of a committee has to try.</summary>
/// <remarks>
/// Our reconstruction; of the attacks of Devvrit et al. 2020 (arXiv 2011.14031) only the abstract is known to us. A vote is broken at an image if and only if
/// one perturbation makes all of some coalition wrong at once; so the union over all coalitions is complete, as far as each climb is.
/// </remarks>
public static class VoteAttack
{
    /// <summary>The attacks on a vote, the cheap and often successful first.</summary>
    /// <param name="policy">How the committee votes.</param>
    /// <param name="members">Members of the committee.</param>
    /// <param name="steps">Steps of each climb.</param>
    /// <param name="queries">Queries of the square attack on the vote's margin; a tenth of them for the one on votes alone and for random points.</param>
    /// <exception cref="NestorException">The policy is not for so many members, or there are too many.</exception>
    public static IReadOnlyList<Attack> Standard(VotePolicy policy, int members, int steps = 100, int queries = 5000)
    {
        _ = Coalitions.Of(policy, members);
        var few = Math.Max(1, queries / 10);
        List<AttackLoss> together =
        [
            new MeanProbabilityLoss(), new ClampedRatioLoss(), new LargestRatiosLoss(members / 2 + 1), new VoteMarginLoss(policy), new MeanProbabilityLoss(Sharpness: 10),
            new MemberSumLoss(),
        ];
        List<AttackLoss> reweighed = [.. new[] { 0.5, 0, 0.25, 0.75, 1 }.Select(share => new ReweighedLoss(share))];
        List<JointLoss> joint = [new ClampedRatioLoss(), new LeastRatioLoss(), new MemberSumLoss()];
        return
        [
            .. together.Concat(reweighed).Select(loss => new AutoPgd(loss) { Steps = steps }),
            .. joint.Select(loss => new JointAutoPgd(policy, loss) { Steps = steps }),
            new JointAutoPgd(policy, new ClampedRatioLoss()) { Steps = steps, Targets = 9 },
            new MinMaxPgd(policy) { Steps = steps },
            new AutoPgd(new StraightThroughLoss()) { Steps = steps },
            new SquareAttack { Loss = new VoteMarginLoss(policy), Queries = queries },
            new SquareAttack { Loss = new VoteCountLoss(), Queries = few, Drifts = true },
            new RandomSearch { Queries = few },
        ];
    }

    /// <summary>The attacks on a vote by majority.</summary>
    /// <param name="members">Members of the committee; of an even number, half of them wrong break it.</param>
    /// <param name="steps">Steps of each climb.</param>
    /// <param name="queries">Queries of the square attack.</param>
    /// <exception cref="NestorException">There are too many members.</exception>
    public static IReadOnlyList<Attack> Standard(int members, int steps = 100, int queries = 5000) =>
        Standard(new WeightedMajority([.. Enumerable.Repeat(1.0, members)]), members, steps, queries);

    /// <summary>Those of some attacks that climb the vote's margin or its coalitions, once more from points that fooled members or averages.</summary>
    /// <param name="start">The points.</param>
    /// <param name="attacks">Attacks on a vote.</param>
    public static IEnumerable<Attack> From(FoundStart start, IEnumerable<Attack> attacks)
    {
        foreach (var attack in attacks)
        {
            if (attack is AutoPgd { Loss: VoteMarginLoss } climb)
                yield return climb with { Start = start };
            else if (attack is JointAutoPgd { Targets: 0 } joint)
                yield return joint with { Start = start };
        }
    }

    /// <summary>All sets of some of the members.</summary>
    /// <param name="members">How many there are.</param>
    /// <param name="count">How many each set has.</param>
    public static IEnumerable<ImmutableArray<int>> Subsets(int members, int count) => count == 0
        ? [[]]
        : Enumerable.Range(0, members).SelectMany(last => Subsets(last, count - 1).Select(rest => rest.Add(last)));
}
