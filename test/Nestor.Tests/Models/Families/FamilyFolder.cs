using System.Text.Json.Nodes;
using Nestor.Formats;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models.Families;

/// <summary>A model folder as HuggingFace's tools write it, of random weights: names, shapes and keys stand here once more, on purpose.</summary>
internal sealed class FamilyFolder : IDisposable
{
    public const int Hidden = 40, Width = 48, Layers = 3, Heads = 4, KeyValueHeads = 2, Vocabulary = 61, Context = 200;

    private static readonly string[] Kinds = ["llama", "llama3", "smollm", "mistral", "mistral-window", "qwen2", "qwen3"];

    private readonly TemporaryFolder folder = new();

    /// <summary>Writes a folder.</summary>
    /// <param name="kind">One of <see cref="All"/>.</param>
    /// <param name="type">Type of the tensors.</param>
    /// <param name="shards">Number of files; with more than one there is an index.</param>
    /// <param name="change">Changes the configuration.</param>
    /// <param name="damage">Changes the tensors.</param>
    public FamilyFolder(
        string kind,
        TensorType type = TensorType.F32,
        int shards = 1,
        Action<JsonObject>? change = null,
        Func<IEnumerable<TensorSource>, IEnumerable<TensorSource>>? damage = null)
    {
        var config = Configuration(kind);
        var tensors = Shapes(config).Select((shape, i) => Random(shape.Name, shape.Shape, type, new Random(i)));
        change?.Invoke(config);
        File.WriteAllText(folder.File("config.json"), config.ToJsonString());
        Write([.. damage?.Invoke(tensors) ?? tensors], shards);
    }

    /// <summary>Every kind of folder.</summary>
    public static TheoryData<string> All => [.. Kinds];

    public string Path => folder.Path;

    public static int[] Tokens(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Vocabulary))];
    }

    public void Dispose() => folder.Dispose();

    /// <summary>What the family's published models have in <c>config.json</c>, with small numbers.</summary>
    public static JsonObject Configuration(string kind)
    {
        var config = new JsonObject
        {
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = 1,
            ["eos_token_id"] = 2,
            ["hidden_act"] = "silu",
            ["hidden_size"] = Hidden,
            ["initializer_range"] = 0.02,
            ["intermediate_size"] = Width,
            ["max_position_embeddings"] = Context,
            ["num_attention_heads"] = Heads,
            ["num_hidden_layers"] = Layers,
            ["num_key_value_heads"] = KeyValueHeads,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 10000.0,
            ["tie_word_embeddings"] = false,
            ["transformers_version"] = "4.46.0",
            ["use_cache"] = true,
            ["vocab_size"] = Vocabulary,
        };
        JsonObject own = kind switch
        {
            "llama" => new() { ["model_type"] = "llama", ["torch_dtype"] = "float32", ["attention_bias"] = false, ["mlp_bias"] = false, ["rope_scaling"] = null },
            "llama3" => new()
            {
                ["model_type"] = "llama",
                ["eos_token_id"] = new JsonArray(2, 8, 9),
                ["rope_theta"] = 500000.0,
                ["rope_scaling"] = new JsonObject
                {
                    ["factor"] = 8.0,
                    ["high_freq_factor"] = 4.0,
                    ["low_freq_factor"] = 1.0,
                    ["original_max_position_embeddings"] = 128,
                    ["rope_type"] = "llama3",
                },
            },
            "smollm" => new() { ["model_type"] = "llama", ["tie_word_embeddings"] = true, ["is_llama_config"] = true, ["rope_interleaved"] = false },
            "mistral" => new() { ["model_type"] = "mistral", ["sliding_window"] = null, ["head_dim"] = 10, ["dtype"] = "bfloat16" },
            "mistral-window" => new() { ["model_type"] = "mistral", ["sliding_window"] = 21 },
            "qwen2" => new() { ["model_type"] = "qwen2", ["use_sliding_window"] = false, ["sliding_window"] = 32768, ["max_window_layers"] = 28, ["rope_theta"] = 1000000.0 },
            "qwen3" => new()
            {
                ["model_type"] = "qwen3",
                ["attention_bias"] = false,
                ["head_dim"] = 14,
                ["use_sliding_window"] = false,
                ["sliding_window"] = null,
                ["tie_word_embeddings"] = true,
                ["rope_theta"] = null,
                ["rope_parameters"] = new JsonObject { ["rope_theta"] = 1000000.0, ["rope_type"] = "default" },
            },
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind"),
        };
        foreach (var (key, value) in own)
            config[key] = value?.DeepClone();
        config["architectures"] = new JsonArray((string)config["model_type"]! switch { "llama" => "LlamaForCausalLM", "mistral" => "MistralForCausalLM", "qwen2" => "Qwen2ForCausalLM", _ => "Qwen3ForCausalLM" });
        return config;
    }

    /// <summary>32-bit floats of a name; norms near 1, matrices of unit gain, biases up to a half.</summary>
    public static TensorSource Random(string name, long[] shape, TensorType type, Random random)
    {
        var values = new double[shape.Aggregate(1L, (a, b) => a * b)];
        var isBias = name.EndsWith(".bias", StringComparison.Ordinal);
        var scale = isBias ? 0.5 : shape.Length == 1 ? 0.3 : 1.7 / Math.Sqrt(shape[^1]);
        for (var i = 0; i < values.Length; i++)
            values[i] = (shape.Length == 1 && !isBias ? 1 : 0) + scale * (2 * random.NextDouble() - 1);
        return new TensorSource(name, type, [.. shape], stream =>
        {
            foreach (var value in values)
            {
                stream.Write(type switch
                {
                    TensorType.F32 => BitConverter.GetBytes((float)value),
                    TensorType.F16 => BitConverter.GetBytes((Half)value),
                    TensorType.BF16 => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16)),
                    _ => throw new ArgumentOutOfRangeException(nameof(type)),
                });
            }
        });
    }

    private static IEnumerable<(string Name, long[] Shape)> Shapes(JsonObject config)
    {
        var model = (string)config["model_type"]!;
        long head = (int?)config["head_dim"] ?? Hidden / Heads;
        yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
        for (var i = 0; i < Layers; i++)
        {
            var at = $"model.layers.{i}.";
            yield return (at + "input_layernorm.weight", [Hidden]);
            yield return (at + "self_attn.q_proj.weight", [Heads * head, Hidden]);
            yield return (at + "self_attn.k_proj.weight", [KeyValueHeads * head, Hidden]);
            yield return (at + "self_attn.v_proj.weight", [KeyValueHeads * head, Hidden]);
            yield return (at + "self_attn.o_proj.weight", [Hidden, Heads * head]);
            if (model == "qwen2")
            {
                yield return (at + "self_attn.q_proj.bias", [Heads * head]);
                yield return (at + "self_attn.k_proj.bias", [KeyValueHeads * head]);
                yield return (at + "self_attn.v_proj.bias", [KeyValueHeads * head]);
            }

            if (model == "qwen3")
            {
                yield return (at + "self_attn.q_norm.weight", [head]);
                yield return (at + "self_attn.k_norm.weight", [head]);
            }

            yield return (at + "post_attention_layernorm.weight", [Hidden]);
            yield return (at + "mlp.gate_proj.weight", [Width, Hidden]);
            yield return (at + "mlp.up_proj.weight", [Width, Hidden]);
            yield return (at + "mlp.down_proj.weight", [Hidden, Width]);
        }

        yield return ("model.norm.weight", [Hidden]);
        if (!(bool)config["tie_word_embeddings"]!)
            yield return ("lm_head.weight", [Vocabulary, Hidden]);
    }

    private void Write(TensorSource[] tensors, int shards)
    {
        if (shards == 1)
        {
            SafetensorsWriter.Write(folder.File("model.safetensors"), tensors);
            return;
        }

        var map = new JsonObject();
        for (var shard = 0; shard < shards; shard++)
        {
            var name = $"model-{shard + 1:D5}-of-{shards:D5}.safetensors";
            var own = tensors.Where((_, i) => i * shards / tensors.Length == shard).ToArray();
            SafetensorsWriter.Write(folder.File(name), own);
            foreach (var tensor in own)
                map[tensor.Name] = name;
        }

        File.WriteAllText(folder.File("model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
    }
}
