using Nestor.Training.Robustness;

namespace Nestor.Cli.Reports;

/// <summary>What is said of a committee beside its robust accuracy.</summary>
/// <param name="Abstention">The share of unperturbed images without an answer.</param>
/// <param name="AbstentionUnderAttack">The share of images, moved where an attack succeeded, without an answer.</param>
/// <param name="Counted">The share of images at which a majority of the members withstood everything alone: a lower bound by majority.</param>
/// <param name="Transferred">The share at which the vote withstood what fooled its members: an upper bound.</param>
/// <param name="Checks">What checks of the attacks found; null where none were asked for.</param>
/// <param name="Rivals">The same models combined in other ways.</param>
internal sealed record RobustCommittee(double Abstention, double AbstentionUnderAttack, double Counted, double Transferred, CommitteeChecks? Checks, IReadOnlyList<RobustRow> Rivals)
{
    public static RobustCommittee Of(CommitteeEvaluation committee) => new(
        committee.Abstention, committee.AbstentionUnderAttack, committee.Counted, committee.Transferred, committee.Checks, [.. committee.Rivals.Select(rival => RobustRow.Of(rival.Name, rival.Result))]);
}
