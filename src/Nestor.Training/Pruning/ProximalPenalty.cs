using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>The group lasso itself, by its proximal step after the optimizer's: w ← w · max(0, 1 − rate · lambda / n). Units become exactly zero, and then stay so.</summary>
/// <param name="Lambda">Strength; .3 to 1 is usual. What it can take from a norm in all is the sum of learning rate · lambda over the steps.</param>
public sealed record ProximalPenalty(double Lambda) : GroupPenalty
{
    // Keeps 0 / 0 out: a unit that is zero stays zero.
    private const double SmallestNorm = 1e-30;

    internal override void AfterStep(UnitGroups groups, PenaltyStep step)
    {
        using var scope = NewDisposeScope();
        groups.Scale((1 - step.LearningRate * Lambda * step.Share / groups.Norms().clamp_min(SmallestNorm)).clamp_min(0));
    }

    internal override IEnumerable<string> Problems(IReadOnlyList<UnitGroups> groups) => StrengthProblems(Lambda);
}
