using Nestor.Models;

namespace Nestor.Formats;

/// <summary>What GGUF files call a model's tensors.</summary>
internal static class GgufTensorName
{
    /// <summary>For each pair of a head's elements, by what its rotary frequency is divided; no tensor of a model folder.</summary>
    public const string RopeFactors = "rope_freqs.weight";

    /// <summary>GGUF's name of one of <see cref="TensorNames"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of them.</exception>
    public static string Of(string name) => name.Split('.') switch
    {
        ["model", "embed_tokens", var kind] => $"token_embd.{kind}",
        ["model", "norm", var kind] => $"output_norm.{kind}",
        ["lm_head", var kind] => $"output.{kind}",
        ["model", "layers", var layer, .., var part, var kind] => $"blk.{layer}.{Part(part)}.{kind}",
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "not a tensor of a model"),
    };

    private static string Part(string part) => part switch
    {
        "input_layernorm" => "attn_norm",
        "q_proj" => "attn_q",
        "k_proj" => "attn_k",
        "v_proj" => "attn_v",
        "q_norm" => "attn_q_norm",
        "k_norm" => "attn_k_norm",
        "o_proj" => "attn_output",
        "post_attention_layernorm" => "ffn_norm",
        "gate_proj" => "ffn_gate",
        "up_proj" => "ffn_up",
        "down_proj" => "ffn_down",
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "not a part of a layer"),
    };
}
