using Nestor.Training.Robustness;

namespace Nestor.Cli.Voting;

/// <summary>Everything that one seed of a setting gave.</summary>
internal sealed record VotingRun
{
    /// <summary>The setting.</summary>
    public required VotingSetting Setting { get; init; }

    /// <summary>How it was made.</summary>
    public required RunOrigin Origin { get; init; }

    /// <summary>How large it was.</summary>
    public required VotingOptions Options { get; init; }

    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>The models of the pool, on the test images.</summary>
    public required IReadOnlyList<NamedOutcome> Members { get; init; }

    /// <summary>Models that no committee is chosen from; the last costs as much as three members. None where the run was without them.</summary>
    public required IReadOnlyList<NamedOutcome> Controls { get; init; }

    /// <summary>Every committee of three: what was expected of it on the images of the selection, and what attacks on its pairs left of it on the test images.</summary>
    public required IReadOnlyList<RankedCommittee> Ranked { get; init; }

    /// <summary>The committees that everything was tried on.</summary>
    public required IReadOnlyList<CommitteeOutcome> Committees { get; init; }

    /// <summary>The chosen committee's members, combined otherwise.</summary>
    public required IReadOnlyList<NamedOutcome> Rivals { get; init; }

    /// <summary>The robust accuracy of the chosen vote against epsilon, on the first of the test images; by quick attacks where epsilon is not the setting's.</summary>
    public required IReadOnlyList<RobustnessPoint> Curve { get; init; }

    /// <summary>A committee of the chosen one's first member, twice, and another: it is that member.</summary>
    public required Repetition Repetition { get; init; }

    /// <summary>Whether its parts fit each other, as those of a run that came out of a file may not.</summary>
    public bool IsWhole =>
        Members.Concat(Controls).Concat(Rivals).Select(named => named.Outcome).Concat(Committees.Select(committee => committee.Vote)).All(outcome => outcome.Robust.Length == Options.TestPoints && outcome.Right.Length == Options.TestPoints)
        && Committees.Select(committee => committee.Members).Concat(Ranked.Select(committee => committee.Members)).All(members => members.Length == PoolAttack.CommitteeMembers && members.All(member => member >= 0 && member < Members.Count))
        && Enum.GetValues<CommitteeRole>().All(role => Committees.Any(committee => committee.Roles.Contains(role)))
        && Ranked.Count > 0 && Rivals.Count > 0 && Curve.Count > 0;

    /// <summary>The chosen committee.</summary>
    public CommitteeOutcome Chosen => Committees.First(committee => committee.Roles.Contains(CommitteeRole.Chosen));

    /// <summary>Every committee: how far its best member is ahead of the second on the test images, and what attacks on pairs left of the vote above that best member.</summary>
    public IEnumerable<(double Lead, double Gain)> Leads => Ranked.Select(committee =>
    {
        double[] levels = [.. committee.Members.Select(member => Members[member].Outcome.Accuracy).OrderDescending()];
        return (levels[0] - levels[1], committee.Left - levels[0]);
    });

    /// <summary>The best of a committee's members on the test images.</summary>
    public NamedOutcome BestOf(CommitteeOutcome committee) => committee.Members.Select(member => Members[member]).MaxBy(member => member.Outcome.Accuracy)!;
}

/// <summary>What a defence came to.</summary>
internal sealed record NamedOutcome(string Name, Outcome Outcome);

/// <summary>A committee as the selection saw it, and as attacks on its pairs saw it on the test images.</summary>
/// <param name="Members">Places in the pool.</param>
/// <param name="Expected">Estimated robust accuracy on the images of the selection.</param>
/// <param name="Counted">What counting its robust members promises there.</param>
/// <param name="Left">Share of the test images at which no pair of its members fell at once.</param>
internal sealed record RankedCommittee(int[] Members, double Expected, double Counted, double Left);

/// <summary>A committee that everything was tried on.</summary>
/// <param name="Roles">Why it was.</param>
/// <param name="Members">Places in the pool.</param>
/// <param name="Vote">Its vote.</param>
/// <param name="AfterSurrogate">What the attack on the mean of probabilities alone had left.</param>
/// <param name="Abstention">Share of the images, as they are, that it gives no answer to.</param>
internal sealed record CommitteeOutcome(IReadOnlyList<CommitteeRole> Roles, int[] Members, Outcome Vote, double AfterSurrogate, double Abstention);

/// <summary>Why a committee was attacked by everything.</summary>
internal enum CommitteeRole
{
    /// <summary>The selection put it first.</summary>
    Chosen,

    /// <summary>One loss and one shape, three seeds.</summary>
    SameLoss,

    /// <summary>One shape, three losses: the one that the selection put first among those.</summary>
    MixedLosses,

    /// <summary>Three shapes: the one that the selection put first among those.</summary>
    MixedShapes,
}

/// <summary>The vote of a member twice and another, which must come out as that member does.</summary>
/// <param name="Member">The member's name.</param>
/// <param name="Alone">Its robust accuracy, on some of the test images.</param>
/// <param name="Vote">That of the vote, on the same.</param>
/// <param name="Points">How many.</param>
internal sealed record Repetition(string Member, double Alone, double Vote, int Points);
