using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>What families of models do to projected queries, keys and values before rotary positions: biases (Qwen 2) and norms of heads (Qwen 3).</summary>
internal static unsafe class HeadAdapter
{
    /// <summary>Finishes one row in place; nothing where the layer has neither biases nor norms.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">The layer.</param>
    /// <param name="query">(heads, head size), in whole panels.</param>
    /// <param name="key">(key-value heads, head size), in whole panels.</param>
    /// <param name="value">(key-value heads, head size), in whole panels.</param>
    public static void Finish(ModelConfig config, LayerWeights weights, float* query, float* key, float* value)
    {
        int headSize = config.HeadSize, heads = config.Heads, keyValueHeads = config.KeyValueHeads;
        if (weights.QueryBias != null)
        {
            Residual.Add(query, weights.QueryBias, heads * headSize);
            Residual.Add(key, weights.KeyBias, keyValueHeads * headSize);
            Residual.Add(value, weights.ValueBias, keyValueHeads * headSize);
        }

        if (weights.QueryNorm != null)
        {
            RmsNorm.Apply(query, heads, weights.QueryNorm, headSize, config.NormEpsilon, query);
            RmsNorm.Apply(key, keyValueHeads, weights.KeyNorm, headSize, config.NormEpsilon, key);
        }
    }
}
