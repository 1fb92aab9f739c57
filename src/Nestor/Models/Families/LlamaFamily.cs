using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Models.Families;

/// <summary>Llama (Touvron et al. 2023), the format in which most small models are published.</summary>
internal sealed class LlamaFamily() : ModelFamily("llama", "LlamaForCausalLM")
{
    private static readonly string[] Biases = ["attention_bias", "mlp_bias"];

    internal override ModelConfig Complete(ConfigFields fields, ModelConfig config)
    {
        foreach (var bias in Biases)
            fields.RefuseTrue(bias);
        return config;
    }

    internal override void WriteKeys(Utf8JsonWriter json, ModelConfig config)
    {
        foreach (var bias in Biases)
            json.WriteBoolean(bias, false);
    }
}
