namespace Nestor.Models.Vision;

/// <summary>How many parameters a vision model has at a plan, by part, biases included.</summary>
/// <param name="Embedding">Patches, positions and class token.</param>
/// <param name="Attention">Query, key, value and output projections of all layers.</param>
/// <param name="FeedForward">Feed-forward blocks of all layers at their planned widths.</param>
/// <param name="Norm">All LayerNorms.</param>
/// <param name="Classifier">The classifier, which an embedding does not need.</param>
public readonly record struct VisionParameterCount(long Embedding, long Attention, long FeedForward, long Norm, long Classifier)
{
    /// <summary>All parameters.</summary>
    public long Total => Encoder + Classifier;

    /// <summary>What an embedding needs, the size that the paper gives (MatFormer, Table 8).</summary>
    public long Encoder => Embedding + Attention + FeedForward + Norm;

    /// <summary>Counts a model at a plan.</summary>
    /// <exception cref="NestorException">The plan does not fit the model.</exception>
    public static VisionParameterCount Of(VisionConfig config, WidthPlan plan)
    {
        WidthPlanText.Validate(plan, config);
        long hidden = config.HiddenSize, layers = config.Layers, neurons = 0;
        foreach (var width in plan.AsSpan())
            neurons += width;
        return new VisionParameterCount(
            Embedding: hidden * ((long)config.Channels * config.PatchSize * config.PatchSize + 1 + config.Positions + (config.Positions - config.Patches)),
            Attention: layers * 4 * (hidden * hidden + hidden),
            FeedForward: neurons * (2 * hidden + 1) + layers * hidden,
            Norm: (2 * layers + 1) * 2 * hidden,
            Classifier: config.Classes * (hidden + 1));
    }
}
