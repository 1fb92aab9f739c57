using System.Collections.Immutable;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>The widths that a plan may give each layer: the granularities the layer holds, and all of its neurons.</summary>
/// <remarks>MatFormer (arXiv 2310.07707) §3.3: with g granularities and l layers there are g^l plans, of which g were trained.</remarks>
public sealed class WidthChoices
{
    private readonly ImmutableArray<ImmutableArray<int>> widths;

    /// <summary>Lists the choices of a model.</summary>
    /// <exception cref="NestorException">No layer has more than one width to choose.</exception>
    public WidthChoices(ModelConfig config)
    {
        widths =
        [
            .. config.FullWidths.AsSpan().ToArray().Select(full =>
                config.Granularities.Select(g => g.Width).Where(width => width < full).Append(full).Distinct().Order().ToImmutableArray()),
        ];
        if (widths.All(layer => layer.Length == 1))
            throw new NestorException("The model has no granularity narrower than itself, so there is no plan to choose; use a model that was trained nested.");
        Narrowest = new WidthPlan([.. widths.Select(layer => layer[0])]);
        Widest = config.FullWidths;
    }

    /// <summary>Number of layers.</summary>
    public int Layers => widths.Length;

    /// <summary>The smallest plan.</summary>
    public WidthPlan Narrowest { get; }

    /// <summary>The whole model.</summary>
    public WidthPlan Widest { get; }

    /// <summary>How many pairs of a layer and a width narrower than it there are: layers x (g - 1).</summary>
    public int Narrowings => widths.Sum(layer => layer.Length - 1);

    /// <summary>The widths of one layer, narrowest first.</summary>
    public ImmutableArray<int> this[int layer] => widths[layer];

    /// <summary>The plan that takes a choice in each layer.</summary>
    /// <param name="choices">For each layer the index of its width.</param>
    public WidthPlan Plan(ReadOnlySpan<int> choices)
    {
        var chosen = new int[Layers];
        for (var layer = 0; layer < chosen.Length; layer++)
            chosen[layer] = widths[layer][choices[layer]];
        return new WidthPlan(chosen);
    }

    /// <summary>The index of a plan's width in each layer.</summary>
    /// <exception cref="NestorException">The plan has another number of layers, or a width that is no choice.</exception>
    public int[] IndicesOf(WidthPlan plan)
    {
        if (plan.Layers != Layers)
            throw new NestorException($"The plan {plan} has {plan.Layers} layers, the model has {Layers}.");
        var indices = new int[Layers];
        for (var layer = 0; layer < indices.Length; layer++)
        {
            indices[layer] = widths[layer].IndexOf(plan[layer]);
            if (indices[layer] < 0)
                throw new NestorException($"The plan {plan} has {plan[layer]} neurons in layer {layer}; the choices are {string.Join(", ", widths[layer])}.");
        }

        return indices;
    }

    /// <summary>A plan with one layer's width replaced.</summary>
    internal static WidthPlan Replace(WidthPlan plan, int layer, int width)
    {
        var widths = plan.AsSpan().ToArray();
        widths[layer] = width;
        return new WidthPlan(widths);
    }
}
