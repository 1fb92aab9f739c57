using System.Globalization;
using System.Text.Json.Nodes;
using Nestor.Formats;

namespace Nestor.Tests.Models.Gemma3n;

/// <summary>A Gemma 3n folder with random weights, written as HuggingFace's tools write the real one: bfloat16, in parts, with towers beside the text part.</summary>
internal sealed record TinyGemma3n
{
    public int[] Widths { get; init; } = [12, 12, 12, 12, 12, 12, 12];

    public string[] Types { get; init; } = [.. Enumerable.Range(0, 7).Select(layer => layer % 3 == 2 ? "full_attention" : "sliding_attention")];

    public int Shared { get; init; } = 2;

    public bool Multimodal { get; init; } = true;

    public bool StoresSharedKeys { get; init; } = true;

    public int Hidden { get; init; } = 8;

    public int PerLayer { get; init; } = 3;

    public int Layers => Widths.Length;

    public string Prefix => Multimodal ? "model.language_model." : "model.";

    public double[] Sparsity => [.. Enumerable.Range(0, Layers).Select(layer => layer < Layers / 2 ? 0.95 : 0)];

    /// <summary>Names and shapes, written down by hand from the table of the published model.</summary>
    public Dictionary<string, long[]> Tensors()
    {
        const int vocabulary = 11, perLayerVocabulary = 10, heads = 2, keyValueHeads = 1, head = 4, rank = 2, streams = 3;
        var tensors = new Dictionary<string, long[]>
        {
            [Prefix + "embed_tokens.weight"] = [vocabulary, Hidden],
            [Prefix + "embed_tokens_per_layer.weight"] = [perLayerVocabulary, Layers * PerLayer],
            [Prefix + "per_layer_model_projection.weight"] = [Layers * PerLayer, Hidden],
            [Prefix + "per_layer_projection_norm.weight"] = [PerLayer],
            [Prefix + "norm.weight"] = [Hidden],
        };
        for (var stream = 0; stream < streams - 1; stream++)
        {
            tensors[$"{Prefix}altup_projections.{stream}.weight"] = [Hidden, Hidden];
            tensors[$"{Prefix}altup_unembed_projections.{stream}.weight"] = [Hidden, Hidden];
        }

        for (var layer = 0; layer < Layers; layer++)
        {
            void Add(string name, params long[] shape) => tensors[$"{Prefix}layers.{layer}.{name}"] = shape;

            Add("mlp.gate_proj.weight", Widths[layer], Hidden);
            Add("mlp.up_proj.weight", Widths[layer], Hidden);
            Add("mlp.down_proj.weight", Hidden, Widths[layer]);
            Add("self_attn.q_proj.weight", heads * head, Hidden);
            Add("self_attn.o_proj.weight", Hidden, heads * head);
            Add("self_attn.q_norm.weight", head);
            if (StoresSharedKeys || layer < Layers - Shared)
            {
                Add("self_attn.k_proj.weight", keyValueHeads * head, Hidden);
                Add("self_attn.v_proj.weight", keyValueHeads * head, Hidden);
                Add("self_attn.k_norm.weight", head);
            }

            foreach (var norm in (string[])["input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm", "post_per_layer_input_norm"])
                Add($"{norm}.weight", Hidden);
            Add("laurel.linear_left.weight", rank, Hidden);
            Add("laurel.linear_right.weight", Hidden, rank);
            Add("laurel.post_laurel_norm.weight", Hidden);
            Add("altup.correct_output_scale", Hidden);
            Add("altup.correction_coefs.weight", streams, streams);
            Add("altup.prediction_coefs.weight", streams * streams, streams);
            Add("altup.modality_router.weight", streams, Hidden);
            Add("altup.router_norm.weight", Hidden);
            Add("per_layer_input_gate.weight", PerLayer, Hidden);
            Add("per_layer_projection.weight", Hidden, PerLayer);
        }

        if (Multimodal)
        {
            tensors["model.vision_tower.timm_model.blocks.0.0.conv.weight"] = [3, 2, 2, 2];
            tensors["model.audio_tower.conformer.0.attention.per_dim_scale"] = [5];
            tensors["model.audio_tower.layers.6.mlp.gate_proj.weight"] = [4, 4];
            tensors["model.embed_vision.embedding.weight"] = [4, 6];
        }

        return tensors;
    }

    /// <summary>The text part's keys as the published model has them.</summary>
    public JsonObject Config()
    {
        var text = new JsonObject
        {
            ["model_type"] = "gemma3n_text",
            ["hidden_size"] = Hidden,
            ["num_hidden_layers"] = Layers,
            ["intermediate_size"] = Array(Widths),
            ["num_attention_heads"] = 2,
            ["num_key_value_heads"] = 1,
            ["head_dim"] = 4,
            ["vocab_size"] = 11,
            ["vocab_size_per_layer_input"] = 10,
            ["hidden_size_per_layer_input"] = PerLayer,
            ["layer_types"] = Array(Types),
            ["activation_sparsity_pattern"] = Array(Sparsity),
            ["num_kv_shared_layers"] = Shared,
            ["laurel_rank"] = 2,
            ["altup_num_inputs"] = 3,
            ["rms_norm_eps"] = JsonNode.Parse("1e-06"),
            ["final_logit_softcapping"] = JsonNode.Parse("30.0"),
        };
        if (!Multimodal)
            return text;
        return new JsonObject
        {
            ["architectures"] = Array(["Gemma3nForConditionalGeneration"]),
            ["audio_config"] = new JsonObject { ["num_hidden_layers"] = 12, ["sscp_conv_kernel_size"] = Array([3, 3]) },
            ["model_type"] = "gemma3n",
            ["text_config"] = text,
            ["torch_dtype"] = "bfloat16",
        };
    }

    /// <summary>Writes the folder and returns the bytes of every tensor.</summary>
    public Dictionary<string, byte[]> Write(string folder, int seed = 1, Action<JsonObject>? change = null, Action<Dictionary<string, long[]>>? changeTensors = null)
    {
        Directory.CreateDirectory(folder);
        var config = Config();
        change?.Invoke(config);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), "the tokenizer");
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), "{}");
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "private");

        var random = new Random(seed);
        var bytes = new Dictionary<string, byte[]>();
        var shards = new[] { new List<TensorSource>(), [], [] };
        var tensors = Tensors();
        changeTensors?.Invoke(tensors);
        foreach (var (name, shape) in tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal))
        {
            var data = new byte[2 * shape.Aggregate(1L, (product, size) => product * size)];
            random.NextBytes(data);
            bytes[name] = data;
            shards[bytes.Count % shards.Length].Add(new TensorSource(name, TensorType.BF16, [.. shape], stream => stream.Write(data)));
        }

        var map = new JsonObject();
        foreach (var (i, shard) in shards.Index())
        {
            var file = $"model-{i + 1:D5}-of-{shards.Length:D5}.safetensors";
            SafetensorsWriter.Write(Path.Combine(folder, file), shard);
            foreach (var tensor in shard)
                map[tensor.Name] = file;
        }

        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        return bytes;
    }

    private static JsonArray Array<T>(IEnumerable<T> items) =>
        new([.. items.Select(item => item is double number ? JsonNode.Parse(number.ToString("0.0#", CultureInfo.InvariantCulture)) : JsonValue.Create(item))]);
}
