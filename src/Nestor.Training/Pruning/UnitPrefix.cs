using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>The first units of every block of a model: what a cut keeps of weights and of an optimizer's moments.</summary>
/// <param name="Groups">All units of the model.</param>
/// <param name="Kept">How many of a block's units stay.</param>
internal sealed record UnitPrefix(IReadOnlyList<UnitGroups> Groups, Func<UnitGroups, int> Kept)
{
    /// <summary>What a smaller model keeps of a larger one.</summary>
    public static UnitPrefix Between(IPrunable whole, IPrunable part)
    {
        var counts = part.Groups.ToDictionary(groups => (groups.Kind, groups.Layer), groups => groups.Count);
        return new UnitPrefix(whole.Groups, groups => counts[(groups.Kind, groups.Layer)]);
    }

    /// <summary>The part of a weight, or of something of its shape, that belongs to the kept units: a view.</summary>
    public Tensor Of(Tensor weight, Tensor values)
    {
        foreach (var groups in Groups)
        {
            foreach (var member in groups.Members.Where(member => ReferenceEquals(member.Weight, weight)))
                values = values.narrow(member.Dimension, 0, weight.shape[member.Dimension] / groups.Count * Kept(groups));
        }

        return values;
    }

    /// <summary>Every weight's part, by name: the initial weights of the smaller model. Contiguous copies, the caller's to free.</summary>
    public Func<string, long[], Tensor> Weights(IReadOnlyList<NestedParameter> parameters)
    {
        var byName = parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Weight);
        return (name, shape) =>
        {
            var part = Of(byName[name], byName[name].detach()).contiguous();
            return part.shape.SequenceEqual(shape)
                ? part
                : throw new InvalidOperationException($"The kept part of {name} has shape ({string.Join(", ", part.shape)}), the smaller model wants ({string.Join(", ", shape)}).");
        };
    }

    /// <summary>Gives the smaller model's optimizer the kept part of the moments and the counts of steps.</summary>
    public void CopyState(AdamW from, IReadOnlyList<NestedParameter> parameters, AdamW to)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (whole, part) = (from.State(), to.State());
        foreach (var ((parameter, old), smaller) in parameters.Zip(whole.Moments).Zip(part.Moments))
        {
            smaller.First.copy_(Of(parameter.Weight, old.First));
            smaller.Second.copy_(Of(parameter.Weight, old.Second));
        }

        to.Restore(whole.Steps, part.NeuronSteps.ToDictionary(pair => pair.Key, pair => whole.NeuronSteps[pair.Key][..pair.Value.Length]));
    }
}
