using Nestor.Models;

namespace Nestor.Formats;

/// <summary>What GGUF files call a model's tensors.</summary>
internal static class GgufTensorName
{
    /// <summary>GGUF's name of one of <see cref="TensorNames"/>.</summary>
    /// <exception cref="NestorException">GGUF's architectures have no such tensor.</exception>
    public static string Of(string name)
    {
        var found = name.Split('.') switch
        {
            ["model", "embed_tokens", var kind] => $"token_embd.{kind}",
            ["model", "norm", var kind] => $"output_norm.{kind}",
            ["lm_head", var kind] => $"output.{kind}",
            ["model", "layers", var layer, .., var part, var kind] => $"blk.{layer}.{Part(part)}.{kind}",
            _ => null,
        };
        return found is not null && found.EndsWith(".weight", StringComparison.Ordinal) && !found.Contains("..", StringComparison.Ordinal)
            ? found
            : throw new NestorException($"GGUF's architectures {GgufArchitecture.Names} have no place for the tensor '{name}' of this model; export another model.");
    }

    /// <summary>Whether the rows of a tensor are those of heads that turn with the position.</summary>
    public static bool IsRotated(string name) => name.EndsWith(".q_proj.weight", StringComparison.Ordinal) || name.EndsWith(".k_proj.weight", StringComparison.Ordinal);

    private static string Part(string part) => part switch
    {
        "input_layernorm" => "attn_norm",
        "q_proj" => "attn_q",
        "k_proj" => "attn_k",
        "v_proj" => "attn_v",
        "o_proj" => "attn_output",
        "post_attention_layernorm" => "ffn_norm",
        "gate_proj" => "ffn_gate",
        "up_proj" => "ffn_up",
        "down_proj" => "ffn_down",
        _ => "",
    };
}
