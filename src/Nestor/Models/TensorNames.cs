using System.Collections.Immutable;

namespace Nestor.Models;

/// <summary>The names and shapes of a model's tensors, as HuggingFace's Llama and its relatives have them.</summary>
/// <remarks>Matrices are stored (outputs, inputs): a feed-forward block of width m has gate and up (m, hidden) and down (hidden, m).</remarks>
public static class TensorNames
{
    /// <summary>Token embedding, (vocabulary, hidden).</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>RMSNorm before the output head, (hidden).</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>Output head, (vocabulary, hidden); absent where it is tied to the embedding.</summary>
    public const string Head = "lm_head.weight";

    /// <summary>RMSNorm before attention, (hidden).</summary>
    public static string AttentionNorm(int layer) => $"model.layers.{layer}.input_layernorm.weight";

    /// <summary>Query projection, (heads * head size, hidden).</summary>
    public static string Query(int layer) => $"model.layers.{layer}.self_attn.q_proj.weight";

    /// <summary>Key projection, (key-value heads * head size, hidden).</summary>
    public static string Key(int layer) => $"model.layers.{layer}.self_attn.k_proj.weight";

    /// <summary>Value projection, (key-value heads * head size, hidden).</summary>
    public static string Value(int layer) => $"model.layers.{layer}.self_attn.v_proj.weight";

    /// <summary>Attention's output projection, (hidden, heads * head size).</summary>
    public static string Output(int layer) => $"model.layers.{layer}.self_attn.o_proj.weight";

    /// <summary>Added to queries, (heads * head size); absent in families without biases.</summary>
    public static string QueryBias(int layer) => $"model.layers.{layer}.self_attn.q_proj.bias";

    /// <summary>Added to keys, (key-value heads * head size); absent in families without biases.</summary>
    public static string KeyBias(int layer) => $"model.layers.{layer}.self_attn.k_proj.bias";

    /// <summary>Added to values, (key-value heads * head size); absent in families without biases.</summary>
    public static string ValueBias(int layer) => $"model.layers.{layer}.self_attn.v_proj.bias";

    /// <summary>RMSNorm of each query head, (head size); absent in families without norms of heads.</summary>
    public static string QueryNorm(int layer) => $"model.layers.{layer}.self_attn.q_norm.weight";

    /// <summary>RMSNorm of each key head, (head size); absent in families without norms of heads.</summary>
    public static string KeyNorm(int layer) => $"model.layers.{layer}.self_attn.k_norm.weight";

    /// <summary>RMSNorm before the feed-forward block, (hidden).</summary>
    public static string FeedForwardNorm(int layer) => $"model.layers.{layer}.post_attention_layernorm.weight";

    /// <summary>Gate projection, (width, hidden); absent in blocks that are not gated.</summary>
    public static string Gate(int layer) => $"model.layers.{layer}.mlp.gate_proj.weight";

    /// <summary>Up projection, (width, hidden).</summary>
    public static string Up(int layer) => $"model.layers.{layer}.mlp.up_proj.weight";

    /// <summary>Down projection, (hidden, width).</summary>
    public static string Down(int layer) => $"model.layers.{layer}.mlp.down_proj.weight";

    /// <summary>Every tensor of a model with its shape, from the embedding to the head.</summary>
    public static IEnumerable<(string Name, ImmutableArray<long> Shape)> All(ModelConfig config)
    {
        long hidden = config.HiddenSize;
        var query = (long)config.Heads * config.HeadSize;
        var keyValue = (long)config.KeyValueHeads * config.HeadSize;

        yield return (Embedding, [config.VocabularySize, hidden]);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            long width = config.FullWidths[layer];
            yield return (AttentionNorm(layer), [hidden]);
            yield return (Query(layer), [query, hidden]);
            yield return (Key(layer), [keyValue, hidden]);
            yield return (Value(layer), [keyValue, hidden]);
            yield return (Output(layer), [hidden, query]);
            foreach (var tensor in config.Family.AttentionTensors(config, layer))
                yield return tensor;
            yield return (FeedForwardNorm(layer), [hidden]);
            if (config.FeedForward == FeedForwardKind.SwiGlu)
                yield return (Gate(layer), [width, hidden]);
            yield return (Up(layer), [width, hidden]);
            yield return (Down(layer), [hidden, width]);
        }

        yield return (FinalNorm, [hidden]);
        if (!config.TieEmbeddings)
            yield return (Head, [config.VocabularySize, hidden]);
    }
}
