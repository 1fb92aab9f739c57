using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>The smoothed group lasso beside the optimizer, as decoupled weight decay is: w ← w · (1 − min(1, rate · lambda · (n² + 2 beta) / (n² + beta)^(3/2))).</summary>
/// <param name="Lambda">Strength; .3 to 1 is usual. What it can take from a norm in all is the sum of learning rate · lambda over the steps.</param>
/// <param name="Beta">Smoothing, in the unit of a squared norm; units below about 2 sqrt(beta) count as removed.</param>
/// <remarks>The decoupling is that of Loshchilov and Hutter (arXiv 1711.05101), the penalty that of Rajaraman et al. 2023 (arXiv 2303.11453).</remarks>
public sealed record DecoupledSmoothedPenalty(double Lambda, double Beta = 1e-3) : GroupPenalty
{
    internal override void AfterStep(UnitGroups groups, PenaltyStep step)
    {
        using var scope = NewDisposeScope();
        var shrink = SmoothedGroupNorm.GradientFactors(groups.Norms(), Beta) * (step.LearningRate * Lambda * step.Share);
        groups.Scale(1 - shrink.clamp_max(1));
    }

    internal override IEnumerable<string> Problems(IReadOnlyList<UnitGroups> groups) => StrengthProblems(Lambda).Concat(SmoothingProblems(Beta));
}
