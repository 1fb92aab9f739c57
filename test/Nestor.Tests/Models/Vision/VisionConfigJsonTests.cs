using System.Text.Json.Nodes;
using CsCheck;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models.Vision;

public sealed class VisionConfigJsonTests
{
    /// <summary>As HuggingFace's tools write ViT.</summary>
    private const string Vit = """
        {
          "architectures": ["ViTForImageClassification"], "attention_probs_dropout_prob": 0.0, "encoder_stride": 16, "hidden_act": "gelu",
          "hidden_dropout_prob": 0.0, "hidden_size": 768, "id2label": {"0": "cat", "1": "dog", "2": "bird"}, "image_size": 384, "initializer_range": 0.02,
          "intermediate_size": 3072, "label2id": {"cat": 0, "dog": 1, "bird": 2}, "layer_norm_eps": 1e-12, "model_type": "vit", "num_attention_heads": 12,
          "num_channels": 3, "num_hidden_layers": 12, "patch_size": 16, "qkv_bias": true, "torch_dtype": "float32", "transformers_version": "4.46.0"
        }
        """;

    private const string Preprocessor = """
        {
          "do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.4, 0.3], "image_processor_type": "ViTImageProcessor",
          "image_std": [0.25, 0.5, 0.75], "resample": 2, "rescale_factor": 0.00392156862745098, "size": {"height": 384, "width": 384}
        }
        """;

    private static readonly Gen<VisionConfig> Config =
        from sizes in Gen.Select(Gen.Int[1, 40], Gen.Int[1, 16], Gen.Int[1, 4], Gen.Int[1, 8], Gen.Int[1, 64])
        from widths in Gen.OneOf(Gen.Int[1, 50_000].Array[1, 6], Gen.Select(Gen.Int[1, 50_000], Gen.Int[1, 40], (width, layers) => Enumerable.Repeat(width, layers).ToArray()))
        from classes in Gen.Int[1, 20]
        from labels in Gen.String[Gen.Char[' ', '~'], 0, 10].Array[classes]
        from named in Gen.Bool
        from epsilon in Gen.Float[1e-12f, 1e-3f]
        from scale in Gen.Select(Gen.Float[-1, 1], Gen.Float[0.01f, 2])
        from pooling in Gen.Enum<VisionPooling>()
        from names in Gen.Int[0, 3]
        select new VisionConfig
        {
            ImageSize = sizes.Item1 * sizes.Item2,
            PatchSize = sizes.Item2,
            Channels = sizes.Item3,
            HiddenSize = sizes.Item4 * sizes.Item5,
            Heads = sizes.Item4,
            FullWidths = new WidthPlan(widths),
            Classes = classes,
            Labels = named ? labels : [],
            Pooling = pooling,
            NormEpsilon = epsilon,
            Mean = [.. Enumerable.Repeat(scale.Item1, sizes.Item3)],
            StandardDeviation = [.. Enumerable.Repeat(scale.Item2, sizes.Item3)],
            Granularities = [.. Enumerable.Range(1, Math.Min(names, widths.Max())).Select(i => new Granularity($"G{i}", i))],
        };

    [Fact]
    public void Reading_what_we_wrote_is_identity() =>
        Gen.Select(Config, Gen.Bool).Sample((config, isSlice) =>
        {
            var origin = isSlice ? new SliceOrigin(new WidthPlan([.. config.FullWidths.AsSpan().ToArray().Select(w => w + w % 3)]), "abc123") : null;
            using var folder = new TemporaryFolder();
            using (var stream = File.Create(folder.File("config.json")))
                VisionConfigJson.Write(stream, new VisionDescription(config, origin), TensorType.F32);
            using (var stream = File.Create(folder.File("preprocessor_config.json")))
                PreprocessorJson.Write(stream, config);
            Assert.Equal(new VisionDescription(config, origin), VisionFolder.Read(folder.Path));
        }, iter: 300);

    [Fact]
    public void A_ViT_of_other_tools_reads_as_it_is()
    {
        var (config, origin) = Read(Vit, Preprocessor);
        Assert.Null(origin);
        Assert.Equal(new VisionConfig
        {
            ImageSize = 384,
            PatchSize = 16,
            HiddenSize = 768,
            FullWidths = WidthPlan.Uniform(3072, 12),
            Heads = 12,
            Classes = 3,
            Labels = ["cat", "dog", "bird"],
            NormEpsilon = 1e-12f,
            Mean = [0.5f, 0.4f, 0.3f],
            StandardDeviation = [0.25f, 0.5f, 0.75f],
        }, config);
    }

    [Fact]
    public void Missing_keys_have_ViTs_defaults()
    {
        var (config, _) = Read("""{"model_type":"vit","hidden_size":64,"intermediate_size":8,"num_hidden_layers":1,"num_attention_heads":4}""", "{}");
        Assert.Equal((224, 16, 3, 2, 1e-12f), (config.ImageSize, config.PatchSize, config.Channels, config.Classes, config.NormEpsilon));
        Assert.Equal([0.5f, 0.5f, 0.5f], config.Mean);
        Assert.Equal("LABEL_1", config.Label(1));
    }

    [Fact]
    public void A_missing_preprocessor_means_ViTs_defaults() => Assert.Equal([0.5f, 0.5f, 0.5f], Read(Vit, preprocessor: null).Config.StandardDeviation);

    [Fact]
    public void A_model_that_is_not_normalised_has_mean_0_and_deviation_1()
    {
        var (config, _) = Read(Vit, """{"do_normalize": false, "size": 384}""");
        Assert.Equal([0, 0, 0], config.Mean);
        Assert.Equal([1, 1, 1], config.StandardDeviation);
    }

    [Fact]
    public void A_model_of_one_width_is_plain_ViT_to_other_tools()
    {
        var json = Written(VisionPresets.Get("vit-nano") with { Labels = [.. "abcdefghij".Select(c => $"{c}")] });
        Assert.Equal("vit", (string)json["model_type"]!);
        Assert.Equal("ViTForImageClassification", (string)json["architectures"]![0]!);
        Assert.Equal(256, (int)json["intermediate_size"]!);
        Assert.Equal("b", (string)json["id2label"]!["1"]!);
        Assert.Equal(1, (int)json["label2id"]!["b"]!);
        Assert.True((bool)json["qkv_bias"]!);
    }

    [Fact]
    public void Mixed_widths_and_mean_pooling_are_refused_by_tools_that_know_only_ViT()
    {
        var config = VisionPresets.Get("vit-nano");
        var mixed = Written(config with { FullWidths = new WidthPlan(256, 128, 128, 64), Granularities = [] });
        Assert.Equal("nestor_vit", (string)mixed["model_type"]!);
        Assert.Equal("[256,128,128,64]", mixed["intermediate_size"]!.ToJsonString());
        var mean = Written(config with { Pooling = VisionPooling.Mean });
        Assert.Equal("NestorViTForImageClassification", (string)mean["architectures"]![0]!);
    }

    [Theory]
    [InlineData("model_type", "\"llama\"", "vit or nestor_vit")]
    [InlineData("model_type", "null", "missing")]
    [InlineData("hidden_act", "\"gelu_new\"", "gelu was wanted")]
    [InlineData("qkv_bias", "false", "true was wanted")]
    [InlineData("quantization_config", "{}", "not quantised")]
    [InlineData("num_hidden_layers", "2000000000", "at most 10000")]
    [InlineData("num_hidden_layers", "-1", "whole number")]
    [InlineData("intermediate_size", "[8,8]", "one whole number")]
    [InlineData("patch_size", "7", "do not divide")]
    [InlineData("num_attention_heads", "5", "5 heads")]
    [InlineData("image_size", "2000000000", "image_size")]
    [InlineData("image_size", "[384, 384]", "whole number")]
    [InlineData("num_channels", "4", "4 numbers")]
    [InlineData("layer_norm_eps", "0", "epsilon")]
    [InlineData("id2label", "{}", "a name for each class")]
    [InlineData("id2label", "{\"0\": \"cat\", \"2\": \"dog\"}", "from 0 to 1")]
    [InlineData("id2label", "{\"0\": \"cat\", \"00\": \"dog\"}", "from 0 to 1")]
    [InlineData("id2label", "{\"0\": 5}", "texts")]
    [InlineData("id2label", "[\"cat\"]", "an object")]
    [InlineData("nestor", "{\"pooling\": \"mean\"}", "cls")]
    [InlineData("nestor", "{\"pooling\": \"max\"}", "cls")]
    [InlineData("nestor", "{\"granularities\": [{\"name\": \"S\", \"width\": 4000}]}", "widest layer")]
    [InlineData("nestor", "{\"slice\": {\"intermediate_size\": 8, \"fingerprint\": \"x\"}}", "only be narrower")]
    public void What_Nestor_would_compute_wrongly_is_refused(string key, string value, string reason) =>
        Errors.AreOneLineWith(() => Read(Change(Vit, key, value), Preprocessor), reason);

    [Theory]
    [InlineData("size", "{\"height\": 224, \"width\": 224}", "384")]
    [InlineData("size", "{\"shortest_edge\": 384}", "384")]
    [InlineData("size", "224", "384")]
    [InlineData("rescale_factor", "1", "1/255")]
    [InlineData("do_rescale", "false", "true was wanted")]
    [InlineData("image_mean", "[0.5]", "3 numbers")]
    [InlineData("image_std", "[0.5, 0, 0.5]", "positive")]
    [InlineData("image_std", "[0.5, \"x\", 0.5]", "numbers")]
    public void Pixels_that_Nestor_would_scale_wrongly_are_refused(string key, string value, string reason) =>
        Errors.AreOneLineWith(() => Read(Vit, Change(Preprocessor, key, value)), reason);

    [Fact]
    public void Damage_is_an_error_of_one_line_and_nothing_worse() =>
        Gen.Select(Gen.Int[0, Vit.Length - 1], Gen.Byte, Gen.Bool).Sample((at, value, cut) =>
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(Vit);
            bytes[at] = value;
            using var folder = new TemporaryFolder();
            File.WriteAllBytes(folder.File("config.json"), cut ? bytes[..at] : bytes);
            try
            {
                VisionFolder.Read(folder.Path);
            }
            catch (NestorException error)
            {
                Assert.DoesNotContain(error.Message, char.IsControl);
            }
        }, iter: 500);

    private static VisionDescription Read(string config, string? preprocessor)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), config);
        if (preprocessor is not null)
            File.WriteAllText(folder.File("preprocessor_config.json"), preprocessor);
        return VisionFolder.Read(folder.Path);
    }

    private static JsonNode Written(VisionConfig config)
    {
        using var stream = new MemoryStream();
        VisionConfigJson.Write(stream, new VisionDescription(config), TensorType.F32);
        return JsonNode.Parse(stream.ToArray())!;
    }

    private static string Change(string json, string key, string value)
    {
        var root = JsonNode.Parse(json)!;
        root[key] = JsonNode.Parse(value);
        return root.ToJsonString();
    }
}
