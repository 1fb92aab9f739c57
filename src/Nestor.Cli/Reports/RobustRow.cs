using Nestor.Training.Robustness;

namespace Nestor.Cli.Reports;

/// <summary>How one model, or the vote, withstood its attacks.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Clean">The share of unperturbed images answered rightly.</param>
/// <param name="Robust">The share answered rightly whatever was tried.</param>
/// <param name="StandardError">Of <paramref name="Robust"/>.</param>
/// <param name="Attacks">What the attacks did, in their order.</param>
internal sealed record RobustRow(string Name, double Clean, double Robust, double StandardError, IReadOnlyList<AttackResult> Attacks)
{
    public static RobustRow Of(string name, RobustnessResult result) => new(name, result.CleanAccuracy, result.RobustAccuracy, result.StandardError, result.Attacks);
}

/// <summary>What is said of a committee beside its robust accuracy.</summary>
/// <param name="Abstention">The share of unperturbed images without an answer.</param>
/// <param name="Counted">The share of images at which a majority of the members withstood everything alone.</param>
internal sealed record RobustCommittee(double Abstention, double Counted);
