using System.Collections.Immutable;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Losses.Votes;

namespace Nestor.Training.Robustness;

/// <summary>Attacks made for a vote over members: what an honest evaluation of a committee has to try.</summary>
/// <remarks>
/// Our reconstruction; of the attacks of Devvrit et al. 2020 (arXiv 2011.14031) only the abstract is known to us. A vote by majority is broken at an image if and only if
/// one perturbation fools some majority of the members at once; so the union over all smallest majorities is complete, as far as each attack is.
/// </remarks>
public static class VoteAttack
{
    /// <summary>The attacks, the cheap and often successful first; every smallest majority of the members at last.</summary>
    /// <param name="members">Members of the committee.</param>
    /// <param name="steps">Steps of each attack.</param>
    /// <param name="queries">Queries of the square attack.</param>
    public static IReadOnlyList<Attack> Standard(int members, int steps = 100, int queries = 5000)
    {
        var majority = members / 2 + 1;
        List<AttackLoss> losses =
        [
            new MeanProbabilityLoss(), new MeanProbabilityLoss(Sharpness: 10), new MemberSumLoss(MemberSet.All), new ClampedRatioLoss(MemberSet.All),
            new LargestRatiosLoss(majority), new RankedRatioLoss(majority),
        ];
        foreach (var subset in Subsets(members, majority).Select(places => new MemberSet(places)))
            losses.AddRange([new ClampedRatioLoss(subset), new LeastRatioLoss(subset), new MemberSumLoss(subset)]);
        return [.. losses.Select(loss => new AutoPgd(loss) { Steps = steps }), new SquareAttack { Loss = new RankedRatioLoss(majority), Queries = queries }];
    }

    /// <summary>All sets of some of the members.</summary>
    /// <param name="members">How many there are.</param>
    /// <param name="count">How many each set has.</param>
    public static IEnumerable<ImmutableArray<int>> Subsets(int members, int count) => count == 0
        ? [[]]
        : Enumerable.Range(0, members).SelectMany(last => Subsets(last, count - 1).Select(rest => rest.Add(last)));
}
