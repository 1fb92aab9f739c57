using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Models.Families;

namespace Nestor.Tests.Formats;

public sealed class ConfigJsonTests
{
    /// <summary>As HuggingFace's tools write Llama 2.</summary>
    private const string Llama = """
        {
          "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2,
          "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 11008, "max_position_embeddings": 4096,
          "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "pretraining_tp": 1,
          "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 500000.0, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
          "transformers_version": "4.46.0", "use_cache": true, "vocab_size": 32000
        }
        """;

    private static readonly Gen<ModelConfig> Config =
        from vocabulary in Gen.Int[3, 300_000]
        from heads in Gen.Int[1, 8]
        from sizes in Gen.Select(Gen.Int[1, 10_000], Gen.Int[1, 64], Gen.Int[1, 100_000])
        from widths in Gen.OneOf(Gen.Int[1, 50_000].Array[1, 6], Gen.Select(Gen.Int[1, 50_000], Gen.Int[1, 40], (width, layers) => Enumerable.Repeat(width, layers).ToArray()))
        from kind in Gen.Enum<FeedForwardKind>()
        from floats in Gen.Select(Gen.Float[1e-8f, 1e-3f], Gen.Float[1f, 1e8f])
        from tokens in Gen.Select(Gen.Int[0, 2].Nullable(), Gen.Int[0, 2].Nullable())
        from tied in Gen.Bool
        from names in Gen.Int[0, 3]
        from family in Gen.Int[0, ModelFamily.All.Count - 1].Select(i => ModelFamily.All[i])
        from scaling in Gen.Select(Gen.Float[0.1f, 64f], Gen.Float[0.1f, 4f], Gen.Float[4.1f, 32f], Gen.Int[1, 100_000], (factor, low, high, context) => new RopeScaling(factor, low, high, context)).Null()
        from window in Gen.Int[1, 10_000].Nullable()
        from further in Gen.Int[0, 2].Array[0, 3]
        select new ModelConfig
        {
            VocabularySize = vocabulary,
            HiddenSize = sizes.Item1,
            FullWidths = new WidthPlan(widths),
            Family = family,
            RopeScaling = scaling,
            SlidingWindow = family == ModelFamily.Mistral ? window : null,
            FurtherEndTokens = tokens.Item2 is null ? [] : further,
            Heads = heads * 2,
            KeyValueHeads = heads,
            HeadSize = sizes.Item2 * 2,
            FeedForward = kind,
            ContextLength = sizes.Item3,
            NormEpsilon = floats.Item1,
            RopeTheta = floats.Item2,
            TieEmbeddings = tied,
            BeginToken = tokens.Item1,
            EndToken = tokens.Item2,
            Granularities = [.. Enumerable.Range(1, Math.Min(names, widths.Max())).Select(i => new Granularity($"G{i}", i))],
        };

    [Fact]
    public void Reading_what_we_wrote_is_identity() =>
        Gen.Select(Config, Gen.Bool, Gen.Bool, Gen.Enum<WeightType>()).Sample((config, isSlice, isPacked, type) =>
        {
            var origin = isSlice ? new SliceOrigin(new WidthPlan([.. config.FullWidths.AsSpan().ToArray().Select(w => w + w % 3)]), "abc123") : null;
            var model = new ModelDescription(config, origin, isPacked ? new PackedWeights(WeightPacking.Of(type), "def456") : null);
            using var folder = new TemporaryFolder();
            using (var stream = File.Create(folder.File("config.json")))
                ConfigJson.Write(stream, model, TensorType.F32);
            Assert.Equal(model, ConfigJson.Read(folder.File("config.json")));
        }, iter: 300);

    [Fact]
    public void A_Llama_of_other_tools_reads_as_it_is()
    {
        var (config, origin, packed) = Read(Llama);
        Assert.Null(packed);
        Assert.Null(origin);
        Assert.Equal(new ModelConfig
        {
            VocabularySize = 32000,
            HiddenSize = 4096,
            FullWidths = WidthPlan.Uniform(11008, 32),
            Heads = 32,
            KeyValueHeads = 8,
            HeadSize = 128,
            ContextLength = 4096,
            NormEpsilon = 1e-5f,
            RopeTheta = 500_000f,
            TieEmbeddings = false,
            BeginToken = 1,
            EndToken = 2,
        }, config);
    }

    [Fact]
    public void Missing_keys_have_Llamas_defaults()
    {
        var (config, _, _) = Read("""{"model_type":"llama","vocab_size":10,"hidden_size":64,"intermediate_size":8,"num_hidden_layers":1,"num_attention_heads":4,"head_dim":null}""");
        Assert.Equal((4, 16, 2048, 1e-6f, 10_000f, false), (config.KeyValueHeads, config.HeadSize, config.ContextLength, config.NormEpsilon, config.RopeTheta, config.TieEmbeddings));
        Assert.Equal((null, null), (config.BeginToken, config.EndToken));
    }

    [Theory]
    [InlineData("eos_token_id", "[128, 129]")]
    [InlineData("eos_token_id", "128")]
    public void Every_end_token_ends_a_text(string key, string value)
    {
        var config = Read(Change(Llama, key, value)).Config;
        Assert.Equal(128, config.EndToken);
        Assert.True(config.EndsText(128));
        Assert.Equal(value.Contains("129", StringComparison.Ordinal), config.EndsText(129));
        Assert.False(config.EndsText(130));
    }

    [Theory]
    [InlineData("""{"rope_theta": 1234.5}""")]
    [InlineData("""{"rope_theta": 1234.5, "rope_type": "default"}""")]
    public void The_newer_place_of_the_rotary_base_counts(string parameters) => Assert.Equal(1234.5f, Read(Change(Llama, "rope_parameters", parameters)).Config.RopeTheta);

    [Fact]
    public void Default_rope_scaling_is_no_scaling() => Assert.Equal(500_000f, Read(Change(Llama, "rope_scaling", """{"type": "default"}""")).Config.RopeTheta);

    [Fact]
    public void A_byte_order_mark_is_no_damage() => Assert.Equal(4096, Read("\uFEFF" + Llama).Config.HiddenSize);

    [Fact]
    public void A_gated_model_of_one_width_is_plain_Llama_to_other_tools()
    {
        var json = Written(ModelPresets.Get("tiny") with { BeginToken = 1 }, TensorType.BF16);
        Assert.Equal("llama", (string)json["model_type"]!);
        Assert.Equal("LlamaForCausalLM", (string)json["architectures"]![0]!);
        Assert.Equal(256, (int)json["intermediate_size"]!);
        Assert.Equal("silu", (string)json["hidden_act"]!);
        Assert.Equal("bfloat16", (string)json["torch_dtype"]!);
        Assert.Equal("10000.0", json["rope_theta"]!.ToJsonString());
        Assert.Equal(1, (int)json["bos_token_id"]!);
        Assert.True(json.ContainsKey("eos_token_id") && json["eos_token_id"] is null);
    }

    [Fact]
    public void Mixed_widths_packed_weights_and_other_blocks_are_refused_by_tools_that_know_only_Llama()
    {
        var mixed = Written(ModelPresets.Get("tiny") with { FullWidths = new WidthPlan(256, 128, 128, 64), Granularities = [] }, TensorType.F32);
        Assert.Equal("nestor", (string)mixed["model_type"]!);
        Assert.Equal("[256,128,128,64]", mixed["intermediate_size"]!.ToJsonString());
        var packed = Written(ModelPresets.Get("tiny"), TensorType.U8, new PackedWeights(WeightPacking.Of(WeightType.Q8), "x"));
        Assert.Equal("nestor", (string)packed["model_type"]!);
        Assert.False(packed.ContainsKey("torch_dtype"));
        var gelu = Written(ModelPresets.Get("tiny") with { FeedForward = FeedForwardKind.Gelu }, TensorType.F32);
        Assert.Equal("NestorForCausalLM", (string)gelu["architectures"]![0]!);
    }

    [Theory]
    [InlineData("model_type", "\"gpt2\"", "gpt2", "llama, mistral, qwen2, qwen3 or nestor")]
    [InlineData("model_type", null, "missing")]
    [InlineData("model_type", "7", "a text")]
    [InlineData("hidden_act", "\"gelu\"", "silu")]
    [InlineData("attention_bias", "true", "false")]
    [InlineData("mlp_bias", "true", "false")]
    [InlineData("mlp_bias", "\"no\"", "true or false")]
    [InlineData("rope_scaling", """{"factor": 8.0, "rope_type": "llama3"}""", "rope_scaling.low_freq_factor", "missing")]
    [InlineData("rope_scaling", """{"factor": 0, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192, "rope_type": "llama3"}""", "factor of the rotary scaling is 0")]
    [InlineData("rope_scaling", """{"factor": 8, "low_freq_factor": 4, "high_freq_factor": 4, "original_max_position_embeddings": 8192, "rope_type": "llama3"}""", "4 and 4")]
    [InlineData("rope_scaling", """{"factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 0, "rope_type": "llama3"}""", "rope_scaling.original_max_position_embeddings")]
    [InlineData("rope_scaling", """{"factor": 2.0, "type": "linear"}""", "linear", "default or llama3")]
    [InlineData("rope_scaling", """{"factor": 2.0}""", "null")]
    [InlineData("rope_scaling", "2.0", "an object")]
    [InlineData("rope_parameters", """{"rope_type": "yarn"}""", "yarn", "default")]
    [InlineData("rope_parameters", """{"partial_rotary_factor": 0.5}""", "0.5")]
    [InlineData("partial_rotary_factor", "0.25", "0.25")]
    [InlineData("quantization_config", """{"bits": 4}""", "not quantised")]
    [InlineData("num_hidden_layers", "1000000000000", "1000000000000", "whole number")]
    [InlineData("num_hidden_layers", "2000000000", "at most")]
    [InlineData("num_hidden_layers", "0", "from 1")]
    [InlineData("num_hidden_layers", null, "missing")]
    [InlineData("hidden_size", "-4096", "-4096")]
    [InlineData("hidden_size", "4096.5", "4096.5")]
    [InlineData("hidden_size", "\"4096\"", "whole number")]
    [InlineData("hidden_size", "null", "missing")]
    [InlineData("hidden_size", "4095", "32 heads", "4095")]
    [InlineData("intermediate_size", "[1,2]", "one whole number")]
    [InlineData("num_key_value_heads", "7", "32 heads cannot share 7")]
    [InlineData("head_dim", "3", "even")]
    [InlineData("rms_norm_eps", "0", "epsilon")]
    [InlineData("rms_norm_eps", "1e999", "epsilon")]
    [InlineData("rope_theta", "\"10000\"", "a number")]
    [InlineData("bos_token_id", "32000", "32000")]
    [InlineData("eos_token_id", "[2, 32000]", "further end token 32000")]
    [InlineData("eos_token_id", "[2, \"</s>\"]", "a token id")]
    [InlineData("bos_token_id", "[\"<s>\"]", "a token id")]
    [InlineData("eos_token_id", "1e3", "a token id")]
    [InlineData("nestor", "[]", "an object")]
    [InlineData("nestor", """{"feed_forward":"gelu"}""", "nestor.feed_forward", "swiglu")]
    [InlineData("nestor", """{"feed_forward":"moe"}""", "nestor.feed_forward", "squared_relu")]
    [InlineData("nestor", """{"granularities":{}}""", "nestor.granularities", "a list")]
    [InlineData("nestor", """{"granularities":[1]}""", "nestor.granularities", "a list")]
    [InlineData("nestor", """{"granularities":[{"name":"S","width":1},{"width":2}]}""", "nestor.granularities[1].name", "missing")]
    [InlineData("nestor", """{"granularities":[{"name":"S","width":0}]}""", "nestor.granularities[0].width", "from 1")]
    [InlineData("nestor", """{"granularities":[{"name":"S\n","width":1}]}""", "granularity name")]
    [InlineData("nestor", """{"granularities":[{"name":"S","width":11009}]}""", "11009")]
    [InlineData("nestor", """{"slice":{"intermediate_size":11007,"fingerprint":"x"}}""", "only be narrower")]
    [InlineData("nestor", """{"slice":{"intermediate_size":[11008],"fingerprint":"x"}}""", "nestor.slice.intermediate_size", "32 layers")]
    [InlineData("nestor", """{"slice":{"intermediate_size":11008}}""", "nestor.slice.fingerprint", "missing")]
    public void What_Nestor_would_compute_wrongly_is_refused_with_key_found_and_wanted(string key, string? value, params string[] texts) =>
        Errors.AreOneLineWith(() => Read(Change(Llama, key, value)), ["config.json", .. texts]);

    [Theory]
    [InlineData("nestor", null, "nestor", "feed_forward")]
    [InlineData("nestor", "{}", "nestor", "feed_forward")]
    [InlineData("nestor", """{"family":"gpt2","feed_forward":"gelu"}""", "nestor.family", "gpt2", "qwen3")]
    [InlineData("nestor", """{"family":"qwen2","feed_forward":"gelu"}""", "num_key_value_heads", "missing")]
    [InlineData("hidden_act", "\"silu\"", "gelu")]
    [InlineData("intermediate_size", "[8,8,8]", "3 widths", "2 layers")]
    [InlineData("intermediate_size", "[8,-1]", "-1")]
    [InlineData("intermediate_size", "[8,[8]]", "whole number")]
    public void Nestors_own_keys_are_checked_too(string key, string? value, params string[] texts)
    {
        const string own = """
            {"model_type":"nestor","vocab_size":10,"hidden_size":64,"intermediate_size":[8,16],"num_hidden_layers":2,"num_attention_heads":4,
             "hidden_act":"gelu","nestor":{"feed_forward":"gelu"}}
            """;
        Assert.Equal(FeedForwardKind.Gelu, Read(own).Config.FeedForward);
        Errors.AreOneLineWith(() => Read(Change(own, key, value)), ["config.json", .. texts]);
    }

    [Theory]
    [InlineData("nestor", """{"feed_forward":"swiglu","weights":[]}""", "nestor.weights", "an object")]
    [InlineData("nestor", """{"feed_forward":"swiglu","weights":{}}""", "nestor.weights.layout", "missing")]
    [InlineData("nestor", """{"feed_forward":"swiglu","weights":{"layout":"nestor-tiles-1","type":"q8","embedding_type":"q8","fingerprint":"x"}}""", "nestor.weights.layout", "nestor-tiles-1", "this version")]
    [InlineData("nestor", """{"feed_forward":"swiglu","weights":{"layout":"nestor-tiles-2","type":"q5","embedding_type":"q8","fingerprint":"x"}}""", "nestor.weights.type", "q5", "f32, bf16, f16, q8, q4")]
    [InlineData("nestor", """{"feed_forward":"swiglu","weights":{"layout":"nestor-tiles-2","type":"Q8","embedding_type":"q8","fingerprint":"x"}}""", "nestor.weights.type")]
    [InlineData("nestor", """{"feed_forward":"swiglu","weights":{"layout":"nestor-tiles-2","type":"3","embedding_type":"q8","fingerprint":"x"}}""", "nestor.weights.type")]
    [InlineData("nestor", """{"feed_forward":"swiglu","weights":{"layout":"nestor-tiles-2","type":"q8","fingerprint":"x"}}""", "nestor.weights.embedding_type", "missing")]
    [InlineData("nestor", """{"feed_forward":"swiglu","weights":{"layout":"nestor-tiles-2","type":"q8","embedding_type":"q8","parameters":37440}}""", "nestor.weights.fingerprint", "missing")]
    [InlineData("nestor", """{"feed_forward":"swiglu","weights":{"layout":"nestor-tiles-2","type":"q8","embedding_type":"q8","fingerprint":"x"}}""", "nestor.weights.parameters", "missing")]
    [InlineData("intermediate_size", "7", "nestor.weights.parameters", "37440", "sizes")]
    [InlineData("model_type", "\"llama\"", "model_type", "packed")]
    public void How_weights_are_packed_must_be_known(string key, string value, params string[] texts)
    {
        const string own = """
            {"model_type":"nestor","vocab_size":10,"hidden_size":64,"intermediate_size":8,"num_hidden_layers":2,"num_attention_heads":4,
             "nestor":{"feed_forward":"swiglu","weights":{"layout":"nestor-tiles-2","type":"q4","embedding_type":"q8","parameters":37440,"fingerprint":"x"}}}
            """;
        Assert.Equal(new PackedWeights(new WeightPacking(WeightType.Q4, WeightType.Q8), "x"), Read(own).Packed);
        Errors.AreOneLineWith(() => Read(Change(own, key, value)), ["config.json", .. texts]);
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "an object")]
    [InlineData("{\"model_type\":\"\\ud800\"}", "not valid JSON")]
    [InlineData("{\"a\":1,\"a\":2}", "not valid JSON")]
    [InlineData("{\"\\udc00\":1}", "config.json")]
    public void What_is_no_JSON_object_is_refused(string json, string text) => Errors.AreOneLineWith(() => Read(json), "config.json", text);

    [Fact]
    public void Deep_and_long_files_are_refused()
    {
        Errors.AreOneLineWith(() => Read(new string('[', 100_000)), "not valid JSON");
        using var folder = new TemporaryFolder();
        using (var file = File.Create(folder.File("config.json")))
            file.SetLength(1L << 40);
        Errors.AreOneLineWith(() => ConfigJson.Read(folder.File("config.json")), "1099511627776");
        Assert.SkipUnless(File.Exists("/dev/zero"), "This system has no /dev/zero, a file without an end.");
        Errors.AreOneLineWith(() => ConfigJson.Read("/dev/zero"), "/dev/zero");
    }

    [Fact]
    public void Changed_characters_give_a_valid_shape_or_an_error() =>
        Gen.Select(Gen.Int[0, Llama.Length - 1], Gen.Char["{}[]:,\"0123456789-eE.\\utrl \n"]).Array[1, 4].Sample(changes =>
        {
            var text = new StringBuilder(Llama);
            foreach (var (at, to) in changes)
                text[at] = to;
            try
            {
                Read(text.ToString()).Config.Validate();
            }
            catch (NestorException error)
            {
                Assert.DoesNotContain(error.Message, char.IsControl);
            }
        }, iter: 2000);

    [Fact]
    public void Every_float_reads_back_as_the_same_float() =>
        Gen.Float[1e-30f, 1e30f].Sample(value =>
            Assert.Equal(value, Read(Change(Llama, "rms_norm_eps", value.ToString("R", CultureInfo.InvariantCulture))).Config.NormEpsilon), iter: 300);

    private static string Change(string json, string key, string? value)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        root.Remove(key);
        var text = root.ToJsonString();
        return value is null ? text : $"{text[..^1]},\"{key}\":{value}}}";
    }

    private static JsonObject Written(ModelConfig config, TensorType type, PackedWeights? packed = null)
    {
        using var stream = new MemoryStream();
        ConfigJson.Write(stream, new ModelDescription(config, Packed: packed), type);
        return JsonNode.Parse(stream.ToArray())!.AsObject();
    }

    private static ModelDescription Read(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), json);
        return ConfigJson.Read(folder.File("config.json"));
    }
}
