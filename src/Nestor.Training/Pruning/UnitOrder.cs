using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>A new order of the units of some blocks. Every weight that holds a part of a unit is moved with it, so the model computes what it did.</summary>
/// <remarks>With the most important units first, a width is a prefix: a pruned model is a slice, and any model a nested one.</remarks>
public sealed class UnitOrder
{
    private readonly IReadOnlyList<(UnitGroups Groups, IReadOnlyList<int> Units)> blocks;

    /// <summary>An order of blocks.</summary>
    /// <param name="blocks">For each block, which unit comes first, which second and so on.</param>
    /// <exception cref="ArgumentException">A list does not name each unit once.</exception>
    public UnitOrder(IReadOnlyList<(UnitGroups Groups, IReadOnlyList<int> Units)> blocks)
    {
        foreach (var (groups, units) in blocks)
        {
            if (!units.Order().SequenceEqual(Enumerable.Range(0, groups.Count)))
                throw new ArgumentException($"The order of {groups.Name} must name each of its {groups.Count} units once.", nameof(blocks));
        }

        this.blocks = blocks;
    }

    /// <summary>Most important units first.</summary>
    public static UnitOrder Descending(IReadOnlyList<UnitScores> scores) => new([.. scores.Select(block => (block.Groups, block.Ranking))]);

    /// <summary>Moves the weights.</summary>
    public void Apply()
    {
        foreach (var (groups, units) in blocks)
        {
            foreach (var member in groups.Members)
                Move(member.Weight, member, groups, units);
        }
    }

    /// <summary>Moves the weights, and says how far that is from changing nothing.</summary>
    /// <param name="model">The model the units are of.</param>
    /// <param name="probe">What it is asked before and after.</param>
    /// <returns>The largest difference of a score, over the largest score: rounding, for sums are added in another order.</returns>
    /// <exception cref="InvalidOperationException">The model computes something else now: its groups do not hold all parts of a unit.</exception>
    public double Apply(INestedModel model, TrainingBatch probe)
    {
        const double MostRounding = 1e-3;
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var precision = model.UseBFloat16;
        model.UseBFloat16 = false;
        var before = model.Scores(probe, model.Config.FullWidths);
        Apply();
        var after = model.Scores(probe, model.Config.FullWidths);
        model.UseBFloat16 = precision;
        var change = ((after - before).abs().max() / before.abs().max().clamp_min(1e-30)).item<float>();
        return change <= MostRounding
            ? change
            : throw new InvalidOperationException($"A new order of units changed what the model says by {change:G3} of its largest score; its units do not hold all of their weights.");
    }

    /// <summary>Moves an optimizer's moments, so that it goes on with the moved weights as it would have with the old.</summary>
    internal void Apply(AdamW optimizer, IReadOnlyList<NestedParameter> parameters)
    {
        var state = optimizer.State();
        foreach (var (groups, units) in blocks)
        {
            foreach (var member in groups.Members)
            {
                foreach (var ((_, first, second), _) in state.Moments.Zip(parameters).Where(pair => ReferenceEquals(pair.Second.Weight, member.Weight)))
                {
                    Move(first, member, groups, units);
                    Move(second, member, groups, units);
                }
            }

            if (groups.Kind == GroupKind.FeedForwardNeuron && state.NeuronSteps.TryGetValue(groups.Layer, out var steps))
                units.Select(unit => steps[unit]).ToArray().CopyTo(steps, 0);
        }
    }

    private static void Move(Tensor values, GroupMember member, UnitGroups groups, IReadOnlyList<int> units)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var span = values.shape[member.Dimension] / groups.Count;
        var places = units.SelectMany(unit => Enumerable.Range(0, (int)span).Select(i => unit * span + i)).ToArray();
        values.copy_(values.index_select(member.Dimension, tensor(places).to(values.device)));
    }
}
