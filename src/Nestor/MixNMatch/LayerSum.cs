using System.Collections.Immutable;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>A quantity of plans that is a sum over their layers: a fixed part, and in each layer a part for each width.</summary>
/// <remarks>Parameters and bytes are such sums, exactly; milliseconds and losses are predicted by one.</remarks>
public sealed class LayerSum
{
    private readonly ImmutableArray<ImmutableArray<double>> parts;

    /// <summary>Takes the parts.</summary>
    /// <param name="choices">The widths of each layer.</param>
    /// <param name="fixedPart">What every plan has.</param>
    /// <param name="parts">(layers, choices of the layer): what a layer adds at each of its widths.</param>
    /// <exception cref="ArgumentException">There is not one finite part for each width of each layer.</exception>
    public LayerSum(WidthChoices choices, double fixedPart, IReadOnlyList<IReadOnlyList<double>> parts)
    {
        if (parts.Count != choices.Layers || parts.Where((part, layer) => part.Count != choices[layer].Length).Any())
            throw new ArgumentException("One part for each width of each layer was wanted.", nameof(parts));
        if (!double.IsFinite(fixedPart) || parts.Any(layer => !layer.All(double.IsFinite)))
            throw new ArgumentException("A part is not a finite number.", nameof(parts));
        (Choices, Fixed, this.parts) = (choices, fixedPart, [.. parts.Select(layer => layer.ToImmutableArray())]);
    }

    /// <summary>The widths of each layer.</summary>
    public WidthChoices Choices { get; }

    /// <summary>What every plan has.</summary>
    public double Fixed { get; }

    /// <summary>The least that a plan has.</summary>
    public double Least => Sum(layer => layer.Min());

    /// <summary>The most that a plan has.</summary>
    public double Most => Sum(layer => layer.Max());

    /// <summary>What a layer adds at each of its widths, narrowest first.</summary>
    public ImmutableArray<double> this[int layer] => parts[layer];

    /// <summary>Takes apart a quantity that is known to be a sum over layers.</summary>
    /// <param name="choices">The widths of each layer.</param>
    /// <param name="quantity">The quantity of a plan.</param>
    public static LayerSum Of(WidthChoices choices, Func<WidthPlan, double> quantity)
    {
        var least = quantity(choices.Narrowest);
        var parts = Enumerable.Range(0, choices.Layers)
            .Select(layer => choices[layer].Select(width => quantity(WidthChoices.Replace(choices.Narrowest, layer, width)) - least).ToArray())
            .ToArray();
        return new LayerSum(choices, least, parts);
    }

    /// <summary>The sum at a plan; layers are added first to last, so that equal plans have equal sums bit for bit.</summary>
    /// <exception cref="NestorException">A width of the plan is no choice.</exception>
    public double Of(WidthPlan plan) => Of(Choices.IndicesOf(plan));

    /// <summary>The sum for the index of a width in each layer.</summary>
    internal double Of(ReadOnlySpan<int> indices)
    {
        var sum = Fixed;
        for (var layer = 0; layer < indices.Length; layer++)
            sum += parts[layer][indices[layer]];
        return sum;
    }

    private double Sum(Func<ImmutableArray<double>, double> part) => parts.Aggregate(Fixed, (sum, layer) => sum + part(layer));
}
