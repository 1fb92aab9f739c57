using System.Collections.Immutable;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>Times of a model's layers on one machine: what <c>nestor profile</c> measured.</summary>
/// <remarks>A table of a model serves its slices too: a layer takes as long at a width in place as it does cut at it.</remarks>
public sealed record CostTable
{
    /// <summary>Processor, cores and system it was measured on.</summary>
    public required string Machine { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>The <see cref="Checkpoint.Fingerprint"/> of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Type of the weights.</summary>
    public required WeightType Type { get; init; }

    /// <summary>Threads of the decoder.</summary>
    public required int Threads { get; init; }

    /// <summary>What the time was taken from: the wall's clock or the processor's.</summary>
    public required string Clock { get; init; }

    /// <summary>Tokens decoded in a measurement, from an empty context.</summary>
    public required int Tokens { get; init; }

    /// <summary>Measurements of each plan, of which the median counts.</summary>
    public required int Rounds { get; init; }

    /// <summary>Milliseconds of a token that do not depend on the plan: attention, embedding and output head.</summary>
    public required double FixedMilliseconds { get; init; }

    /// <summary>Times of the feed-forward blocks, first layer first.</summary>
    public required IReadOnlyList<LayerTimes> Layers { get; init; }

    /// <summary>Mixed plans that were measured to see how good the table is.</summary>
    public required IReadOnlyList<TimeCheck> Checks { get; init; }

    /// <summary>The largest error of the checks, as a share.</summary>
    public double LargestError => Checks.Select(check => Math.Abs(check.Error)).DefaultIfEmpty().Max();

    /// <summary>Milliseconds of a decoded token at a plan.</summary>
    /// <exception cref="NestorException">The plan has another number of layers, or a width that was not measured.</exception>
    public double Predict(WidthPlan plan)
    {
        if (plan.Layers != Layers.Count)
            throw new NestorException($"The plan {plan} has {plan.Layers} layers, the cost table {Layers.Count}; profile this model.");
        var sum = FixedMilliseconds;
        for (var layer = 0; layer < plan.Layers; layer++)
            sum += At(layer, plan[layer]);
        return sum;
    }

    /// <summary>The times as costs of plans.</summary>
    /// <exception cref="NestorException">The choices have another number of layers, or a width that was not measured.</exception>
    public LayerSum Costs(WidthChoices choices)
    {
        if (choices.Layers != Layers.Count)
            throw new NestorException($"The model has {choices.Layers} layers, the cost table {Layers.Count}; profile this model.");
        return new LayerSum(choices, FixedMilliseconds, [.. Enumerable.Range(0, choices.Layers).Select(layer => choices[layer].Select(width => At(layer, width)).ToImmutableArray())]);
    }

    /// <summary>Reads a table.</summary>
    /// <exception cref="NestorException">The file cannot be read, or is not a cost table.</exception>
    public static CostTable Read(string path) => CostTableJson.Read(path);

    /// <summary>Writes the table; a file of the name is replaced.</summary>
    /// <exception cref="NestorException">The file cannot be written.</exception>
    public void Write(string path) => CostTableJson.Write(path, this);

    /// <summary>Refuses a model whose layers were not measured, or a type that was not.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="type">Type of its weights.</param>
    /// <exception cref="NestorException">The table is of another model or type.</exception>
    public void ThrowIfNotOf(Checkpoint checkpoint, WeightType type)
    {
        if (Model != checkpoint.Fingerprint)
            throw new NestorException($"The cost table was measured with another model than '{checkpoint.Folder}'; run nestor profile on this one.");
        if (Type != type)
            throw new NestorException($"The cost table was measured with {Type} weights, {type} is wanted; profile with this type, or choose {Type}.");
    }

    private double At(int layer, int width)
    {
        var (widths, times) = Layers[layer];
        var index = widths.IndexOf(width);
        return index >= 0 ? times[index] : throw new NestorException($"The cost table has no time for {width} neurons in layer {layer}, only for {string.Join(", ", widths)}; profile this model.");
    }
}
