using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>The smoothed group lasso as part of the loss: its gradient is added to the loss's, and clipped and normalised by Adam with it.</summary>
/// <param name="Lambda">Strength; with Adam .003 to .03 is usual.</param>
/// <param name="Beta">Smoothing, in the unit of a squared norm; units below about 2 sqrt(beta) count as removed.</param>
/// <remarks>Rajaraman et al. 2023 (arXiv 2303.11453).</remarks>
public sealed record CoupledSmoothedPenalty(double Lambda, double Beta = 1e-3) : GroupPenalty
{
    internal override void BeforeStep(UnitGroups groups, PenaltyStep step)
    {
        using var scope = NewDisposeScope();
        groups.AddToGradient(SmoothedGroupNorm.GradientFactors(groups.Norms(), Beta) * (Lambda * step.Share));
    }

    internal override IEnumerable<string> Problems(IReadOnlyList<UnitGroups> groups) => StrengthProblems(Lambda).Concat(SmoothingProblems(Beta));
}
