using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Models.Families;

/// <summary>Mistral (Jiang et al. 2023): Llama's tensors; each token may see a window of positions only (§2, sliding window attention).</summary>
internal sealed class MistralFamily() : ModelFamily("mistral", "MistralForCausalLM")
{
    private const string Window = "sliding_window";

    // What the family's keys mean where they are missing; a window of null is none.
    private const int UsualWindow = 4096, UsualContext = 131_072;

    internal override bool HasWindow => true;

    internal override ModelConfig Complete(ConfigFields fields, ModelConfig config) => config with
    {
        KeyValueHeads = fields.RequiredSize("num_key_value_heads"),
        ContextLength = fields.Size("max_position_embeddings") ?? UsualContext,
        SlidingWindow = fields.Has(Window) ? fields.Size(Window) : UsualWindow,
    };

    internal override void WriteKeys(Utf8JsonWriter json, ModelConfig config)
    {
        if (config.SlidingWindow is { } window)
            json.WriteNumber(Window, window);
        else
            json.WriteNull(Window);
    }
}
