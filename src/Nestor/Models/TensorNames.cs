namespace Nestor.Models;

/// <summary>The names of a model's tensors in its folder: HuggingFace's names for Llama.</summary>
public static class TensorNames
{
    /// <summary>(vocabulary, hidden).</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>(hidden).</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>(vocabulary, hidden); absent when the embedding is the head.</summary>
    public const string Head = "lm_head.weight";

    /// <summary>(hidden).</summary>
    public static string AttentionNorm(int layer) => In(layer, "input_layernorm");

    /// <summary>(heads · headSize, hidden).</summary>
    public static string Query(int layer) => In(layer, "self_attn.q_proj");

    /// <summary>(keyValueHeads · headSize, hidden).</summary>
    public static string Key(int layer) => In(layer, "self_attn.k_proj");

    /// <summary>(keyValueHeads · headSize, hidden).</summary>
    public static string Value(int layer) => In(layer, "self_attn.v_proj");

    /// <summary>(hidden, heads · headSize).</summary>
    public static string Output(int layer) => In(layer, "self_attn.o_proj");

    /// <summary>(hidden).</summary>
    public static string FeedForwardNorm(int layer) => In(layer, "post_attention_layernorm");

    /// <summary>(neurons, hidden); absent where the block is not gated.</summary>
    public static string Gate(int layer) => In(layer, "mlp.gate_proj");

    /// <summary>(neurons, hidden).</summary>
    public static string Up(int layer) => In(layer, "mlp.up_proj");

    /// <summary>(hidden, neurons).</summary>
    public static string Down(int layer) => In(layer, "mlp.down_proj");

    private static string In(int layer, string part) => $"model.layers.{layer}.{part}.weight";
}
