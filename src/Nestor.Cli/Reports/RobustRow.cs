using Nestor.Training.Robustness;

namespace Nestor.Cli.Reports;

/// <summary>How one model, a rival or the vote withstood its attacks.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Clean">The share of unperturbed images answered rightly.</param>
/// <param name="Robust">The share answered rightly whatever was tried.</param>
/// <param name="StandardError">Of <paramref name="Robust"/>.</param>
/// <param name="Certified">The share of which a right answer is proved; null where nothing can be.</param>
/// <param name="Attacks">What the attacks did, in their order.</param>
/// <param name="Curve">Robust accuracy against epsilon; null where it was not asked for.</param>
internal sealed record RobustRow(string Name, double Clean, double Robust, double StandardError, double? Certified, IReadOnlyList<RobustStep> Attacks, RobustnessCurve? Curve)
{
    public static RobustRow Of(string name, RobustnessResult result, double? certified = null, RobustnessCurve? curve = null) => new(
        name, result.CleanAccuracy, result.RobustAccuracy, result.StandardError, certified, [.. result.Attacks.Select(attack => RobustStep.Of(attack, result.IsRobust.Length))], curve);
}

/// <summary>What one attack did.</summary>
/// <param name="Attack">Its name.</param>
/// <param name="Settings">All its parameters.</param>
/// <param name="Attacked">Images that were still answered rightly when it began.</param>
/// <param name="Fell">How many of them fell to it.</param>
/// <param name="Robust">The share of all images that is left after it.</param>
/// <param name="StandardError">Of <paramref name="Robust"/>.</param>
/// <param name="Gradients">Images that went through the defence forward and backward, once for every time.</param>
/// <param name="Queries">Images that went through it forward alone.</param>
/// <param name="FlatShare">Share of the gradients that were zero in every value.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record RobustStep(string Attack, string Settings, int Attacked, int Fell, double Robust, double StandardError, long Gradients, long Queries, double FlatShare, double Seconds)
{
    public static RobustStep Of(AttackResult attack, int images)
    {
        var left = (attack.Attacked - attack.Broken) / (double)images;
        return new RobustStep(
            attack.Attack, attack.Settings, attack.Attacked, attack.Broken, left, Math.Sqrt(left * (1 - left) / images), attack.Cost.Gradients, attack.Cost.Queries, attack.FlatShare, attack.Seconds);
    }
}
