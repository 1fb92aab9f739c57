using System.Collections.Immutable;
using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Models.Families;

/// <summary>Qwen 2 and 2.5 (Yang et al. 2024): biases on the projections of queries, keys and values, always, and nowhere else.</summary>
internal sealed class Qwen2Family() : ModelFamily("qwen2", "Qwen2ForCausalLM")
{
    private const string Windows = "use_sliding_window";

    private const int UsualContext = 32_768;

    internal override bool BeginsTexts => false;

    internal override ModelConfig Complete(ConfigFields fields, ModelConfig config)
    {
        fields.RefuseTrue(Windows);
        return config with
        {
            KeyValueHeads = fields.RequiredSize("num_key_value_heads"),
            ContextLength = fields.Size("max_position_embeddings") ?? UsualContext,
        };
    }

    internal override void WriteKeys(Utf8JsonWriter json, ModelConfig config) => json.WriteBoolean(Windows, false);

    internal override IEnumerable<(string Name, ImmutableArray<long> Shape)> AttentionTensors(ModelConfig config, int layer)
    {
        long query = (long)config.Heads * config.HeadSize, keyValue = (long)config.KeyValueHeads * config.HeadSize;
        yield return (TensorNames.QueryBias(layer), [query]);
        yield return (TensorNames.KeyBias(layer), [keyValue]);
        yield return (TensorNames.ValueBias(layer), [keyValue]);
    }
}
