using Nestor.Training.Data;
using Nestor.Training.Nested;

namespace Nestor.Training.Pruning;

/// <summary>Numbers without a reason: what any score has to beat.</summary>
/// <param name="Seed">Decides them.</param>
public sealed record RandomImportance(ulong Seed = 1) : Importance
{
    private protected override IReadOnlyList<double[]> Score(INestedModel model, IReadOnlyList<UnitGroups> groups, Calibration calibration, CancellationToken cancellation) =>
        [.. groups.Select((set, block) => Enumerable.Range(0, set.Count).Select(unit => (CounterHash.At(Seed, block, unit) >> 11) * (1.0 / (1UL << 53))).ToArray())];
}
