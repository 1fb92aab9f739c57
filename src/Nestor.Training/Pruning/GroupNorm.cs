using Nestor.Training.Nested;

namespace Nestor.Training.Pruning;

/// <summary>The joint norm of a unit's weights: magnitude pruning of whole units.</summary>
/// <remarks>It sees no data. A good order only after training with a group lasso, which makes norms mean something; see <see cref="ActivationTimesOutput"/> for other models.</remarks>
public sealed record GroupNorm : Importance
{
    private protected override IReadOnlyList<double[]> Score(INestedModel model, IReadOnlyList<UnitGroups> groups, Calibration calibration, CancellationToken cancellation) =>
        [.. groups.Select(set => set.NormValues())];
}
