namespace Nestor.MixNMatch;

/// <summary>What each layer's width costs in loss, measured one layer at a time: a prediction of any plan's loss.</summary>
/// <remarks>
/// The increment of a layer at a width is the loss with this layer at the width and all others full, less the loss of the full model. Their
/// sum is exact for plans that narrow one layer and leaves out how layers act on each other; what it chooses is therefore always measured.
/// </remarks>
public static class LossIncrements
{
    /// <summary>Measures the full model and each layer at each narrower width: layers x (g - 1) + 1 evaluations.</summary>
    /// <param name="choices">The widths of each layer.</param>
    /// <param name="losses">What measures.</param>
    /// <returns>The predicted loss of plans in nats per token.</returns>
    public static LayerSum Measure(WidthChoices choices, PlanLosses losses)
    {
        var full = losses.Of(choices.Widest);
        var increments = Enumerable.Range(0, choices.Layers)
            .Select(layer => choices[layer].Select(width => losses.Of(WidthChoices.Replace(choices.Widest, layer, width)) - full).ToArray())
            .ToArray();
        return new LayerSum(choices, full, increments);
    }
}
