using System.Runtime.Intrinsics;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>What families of models do to projected queries, keys and values before rotary positions: biases (Qwen 2) and norms of heads (Qwen 3).</summary>
internal static unsafe class HeadAdapter
{
    /// <summary>Finishes one key-value head of a row and the query heads that share it, in place; nothing where the layer has neither biases nor norms.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">The layer.</param>
    /// <param name="head">Which key-value head.</param>
    /// <param name="query">(heads that share it, head size)</param>
    /// <param name="key">(head size)</param>
    /// <param name="value">(head size)</param>
    public static void Finish(ModelConfig config, LayerWeights weights, int head, float* query, float* key, float* value)
    {
        int headSize = config.HeadSize, sharing = config.Heads / config.KeyValueHeads;
        if (weights.QueryBias != null)
        {
            Add(query, weights.QueryBias + head * sharing * headSize, sharing * headSize);
            Add(key, weights.KeyBias + head * headSize, headSize);
            Add(value, weights.ValueBias + head * headSize, headSize);
        }

        if (weights.QueryNorm != null)
        {
            RmsNorm.Apply(query, sharing, weights.QueryNorm, headSize, config.NormEpsilon, query);
            RmsNorm.Apply(key, 1, weights.KeyNorm, headSize, config.NormEpsilon, key);
        }
    }

    // Not beyond the head: others may be at work on the next one.
    private static void Add(float* values, float* bias, int count)
    {
        var i = 0;
        for (; i <= count - Vectors.Lanes; i += Vectors.Lanes)
            (Vector512.Load(values + i) + Vector512.Load(bias + i)).Store(values + i);
        for (; i < count; i++)
            values[i] += bias[i];
    }
}
