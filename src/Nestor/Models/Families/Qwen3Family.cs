using System.Collections.Immutable;
using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Models.Families;

/// <summary>Qwen 3's dense models (Yang et al. 2025): RMSNorm of every query and key head before rotary positions, no biases, heads of their own size.</summary>
internal sealed class Qwen3Family() : ModelFamily("qwen3", "Qwen3ForCausalLM")
{
    private const string Bias = "attention_bias", Windows = "use_sliding_window";

    private const int UsualContext = 32_768, UsualHeadSize = 128;

    internal override bool BeginsTexts => false;

    internal override ModelConfig Complete(ConfigFields fields, ModelConfig config)
    {
        fields.RefuseTrue(Bias);
        fields.RefuseTrue(Windows);
        return config with
        {
            KeyValueHeads = fields.RequiredSize("num_key_value_heads"),
            HeadSize = fields.Size("head_dim") ?? UsualHeadSize,
            ContextLength = fields.Size("max_position_embeddings") ?? UsualContext,
        };
    }

    internal override void WriteKeys(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteBoolean(Bias, false);
        json.WriteBoolean(Windows, false);
    }

    internal override IEnumerable<(string Name, ImmutableArray<long> Shape)> AttentionTensors(ModelConfig config, int layer)
    {
        yield return (TensorNames.QueryNorm(layer), [config.HeadSize]);
        yield return (TensorNames.KeyNorm(layer), [config.HeadSize]);
    }
}
