using Nestor.Training.Nested;

namespace Nestor.Training.Pruning;

/// <summary>What makes a unit worth keeping.</summary>
public abstract record Importance
{
    /// <summary>Scores every unit of a kind.</summary>
    /// <param name="model">The model at its full widths; it is not changed.</param>
    /// <param name="calibration">What it is watched on, where the score needs it.</param>
    /// <param name="kind">Which units.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <returns>The scores of each block that has such units, first layer first.</returns>
    /// <exception cref="NestorException">The model's units are unknown, it has none of the kind, the score does not apply to them, or a weight is no number.</exception>
    public IReadOnlyList<UnitScores> Measure(INestedModel model, Calibration calibration, GroupKind kind = GroupKind.FeedForwardNeuron, CancellationToken cancellation = default)
    {
        if (model is not IPrunable prunable)
            throw new NestorException($"The units of a {model.GetType().Name} are unknown, so none can be scored; a model says what belongs together by implementing {nameof(IPrunable)}.");
        List<UnitGroups> groups = [.. prunable.Groups.Where(set => set.Kind == kind)];
        if (groups.Count == 0)
            throw new NestorException($"The model has no units of the kind {kind}; it has {string.Join(" and ", prunable.Groups.Select(set => set.Kind).Distinct())}.");
        List<UnitScores> scores = [.. groups.Zip(Score(model, groups, calibration, cancellation), (set, values) => new UnitScores(set, values))];
        if (scores.FirstOrDefault(block => !block.Values.All(double.IsFinite)) is { } broken)
            throw new NestorException($"The importance of a unit in {broken.Groups.Name} is not a number; the weights are damaged, or training had diverged.");
        return scores;
    }

    private protected abstract IReadOnlyList<double[]> Score(INestedModel model, IReadOnlyList<UnitGroups> groups, Calibration calibration, CancellationToken cancellation);

    /// <summary>The members that read the units: whose columns are units.</summary>
    private protected static IEnumerable<GroupMember> Readers(UnitGroups groups) => groups.Members.Where(member => member.Dimension == 1);
}
