using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>Reaches an exact width without a strength to tune: the units of the smallest norms decay linearly and are exactly zero when the schedule's rise ends.</summary>
/// <param name="Widths">Units to keep: one number for every set of units, or one for each.</param>
/// <remarks>
/// HESSO of Chen et al. (OTO): in step t of K, w ← w · (K − t − 1) / (K − t). Here the smallest are found anew in every step, so that a unit the loss fights for is
/// replaced by another, and nothing has to be remembered. After the rise the smallest stay zero whatever the optimizer's momentum does.
/// </remarks>
public sealed record TargetDecay(params IReadOnlyList<int> Widths) : GroupPenalty
{
    /// <summary>Units to keep in a set.</summary>
    internal int WidthOf(int set) => Widths.Count == 1 ? Widths[0] : Widths[set];

    internal override void AfterStep(UnitGroups groups, PenaltyStep step)
    {
        var removed = groups.Count - WidthOf(step.Set);
        if (removed == 0)
            return;
        using var scope = NewDisposeScope();
        var factor = step.Ramp >= 1 ? 0 : (1 - step.Ramp) / (1 - step.PreviousRamp);
        var norms = groups.Norms();
        var smallest = norms.argsort(dim: 0).narrow(0, 0, removed);
        groups.Scale(ones_like(norms).index_fill_(0, smallest, factor));
    }

    internal override IEnumerable<string> Problems(IReadOnlyList<UnitGroups> groups)
    {
        if (Widths.Count != 1 && Widths.Count != groups.Count)
        {
            yield return $"{Widths.Count} widths were given for {groups.Count} blocks; give one for all or one for each";
            yield break;
        }

        for (var set = 0; set < groups.Count; set++)
        {
            if (WidthOf(set) < 1 || WidthOf(set) > groups[set].Count)
                yield return $"the width {WidthOf(set)} was asked for, and {groups[set].Name} has {groups[set].Count} units; give 1 to {groups[set].Count}";
        }
    }
}
