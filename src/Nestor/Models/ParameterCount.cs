namespace Nestor.Models;

/// <summary>How many parameters a model has at a plan, by part.</summary>
/// <param name="Embedding">Token embedding, and the output head where it is not tied.</param>
/// <param name="Attention">Query, key, value and output projections of all layers, with their biases.</param>
/// <param name="FeedForward">Feed-forward matrices of all layers at their planned widths.</param>
/// <param name="Norm">RMSNorm weights.</param>
public readonly record struct ParameterCount(long Embedding, long Attention, long FeedForward, long Norm)
{
    /// <summary>All parameters.</summary>
    public long Total => Embedding + NonEmbedding;

    /// <summary>All parameters but embeddings, the size that scaling laws use (MatFormer §4.1.2).</summary>
    public long NonEmbedding => Attention + FeedForward + Norm;

    /// <summary>Counts a model at a plan.</summary>
    public static ParameterCount Of(ModelConfig config, WidthPlan plan)
    {
        WidthPlanText.Validate(plan, config);
        long hidden = config.HiddenSize;
        long query = (long)config.Heads * config.HeadSize, keyValue = (long)config.KeyValueHeads * config.HeadSize;
        var matrices = config.FeedForward == FeedForwardKind.SwiGlu ? 3 : 2;
        var ofAttention = config.Family.AttentionTensors(config, layer: 0).ToLookup(tensor => tensor.Name.EndsWith(".bias", StringComparison.Ordinal), tensor => tensor.Shape[0]);
        long neurons = 0;
        foreach (var width in plan.AsSpan())
            neurons += width;
        return new ParameterCount(
            Embedding: (config.TieEmbeddings ? 1 : 2) * hidden * config.VocabularySize,
            Attention: config.Layers * (2 * hidden * (query + keyValue) + ofAttention[true].Sum()),
            FeedForward: matrices * hidden * neurons,
            Norm: (2 * config.Layers + 1) * hidden + config.Layers * ofAttention[false].Sum());
    }
}
