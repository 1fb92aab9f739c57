using System.Globalization;
using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Models.Vision;

/// <summary>A vision model's shape as HuggingFace's <c>config.json</c>.</summary>
/// <remarks>
/// A model of one width with a class token is a plain <c>ViTForImageClassification</c>, which other tools load. Mixed widths, a list as
/// <c>intermediate_size</c>, and mean pooling are <c>model_type: nestor_vit</c>, so that other tools refuse instead of guess. The section
/// <c>nestor</c>, which other tools skip, holds the pooling, the granularities, and what a slice was cut from.
/// </remarks>
internal static class VisionConfigJson
{
    /// <summary>The model types: of other tools, and of what they cannot load.</summary>
    public const string Plain = "vit", Own = "nestor_vit";

    private const string PoolingKey = "pooling", ClassToken = "cls", Mean = "mean", LabelsKey = "id2label";

    /// <summary>More than any model has; keeps a claimed number from being an allocation.</summary>
    private const int MostLayers = 10_000, MostClasses = 1_000_000;

    /// <summary>Classes that HuggingFace assumes where a config names none.</summary>
    private const int DefaultClasses = 2;

    /// <summary>The name that HuggingFace's tools give a class without one.</summary>
    public static string UnnamedLabel(int index) => string.Create(CultureInfo.InvariantCulture, $"LABEL_{index}");

    /// <summary>Whether a model type is that of a vision model.</summary>
    public static bool IsVision(string? modelType) => modelType is Plain or Own;

    /// <summary>Reads and validates a shape. Missing keys have the defaults of HuggingFace's ViT.</summary>
    /// <param name="path">The <c>config.json</c>.</param>
    /// <param name="pixels">How pixels become inputs, given the model's image size and channels.</param>
    /// <exception cref="NestorException">The file is damaged, or describes a model that Nestor would compute wrongly: another architecture or activation, no biases, quantised weights.</exception>
    public static VisionDescription Read(string path, Func<int, int, PixelScale> pixels) => JsonFile.Read(path, root =>
    {
        var fields = new ConfigFields(path, root);
        var section = fields.Section(NestedSectionJson.Key);
        var config = ReadConfig(fields, section, pixels);
        try
        {
            config.Validate();
        }
        catch (NestorException error)
        {
            throw new NestorException($"The file '{path}' does not describe a vision model. {Quoted.OneLine(error.Message, longest: 500)}", error);
        }

        return new VisionDescription(config, NestedSectionJson.Origin(path, section, config));
    });

    /// <summary>Writes a shape so that <see cref="Read"/> gives it back.</summary>
    public static void Write(Stream stream, VisionDescription model, TensorType type)
    {
        var (config, origin) = model;
        var isPlain = config.FullWidths.IsUniform && config.Pooling == VisionPooling.ClassToken;
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue(isPlain ? "ViTForImageClassification" : "NestorViTForImageClassification");
        json.WriteEndArray();
        json.WriteString("model_type", isPlain ? Plain : Own);
        json.WriteNumber("hidden_size", config.HiddenSize);
        NestedSectionJson.WriteWidths(json, config.FullWidths);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_attention_heads", config.Heads);
        json.WriteString("hidden_act", "gelu");
        ConfigJson.WriteFloat(json, "layer_norm_eps", config.NormEpsilon);
        json.WriteNumber("image_size", config.ImageSize);
        json.WriteNumber("patch_size", config.PatchSize);
        json.WriteNumber("num_channels", config.Channels);
        json.WriteBoolean("qkv_bias", true);
        json.WriteStartObject(LabelsKey);
        for (var i = 0; i < config.Classes; i++)
            json.WriteString(i.ToString(CultureInfo.InvariantCulture), config.Label(i));
        json.WriteEndObject();
        WriteNumbersOfLabels(json, config);
        json.WriteString("torch_dtype", ConfigJson.TorchName(type));
        json.WriteStartObject(NestedSectionJson.Key);
        json.WriteString(PoolingKey, config.Pooling == VisionPooling.Mean ? Mean : ClassToken);
        NestedSectionJson.Write(json, config, origin);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Classes of the same name, which JSON cannot tell apart, keep the first one's number.</summary>
    private static void WriteNumbersOfLabels(Utf8JsonWriter json, VisionConfig config)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        json.WriteStartObject("label2id");
        for (var i = 0; i < config.Classes; i++)
        {
            if (known.Add(config.Label(i)))
                json.WriteNumber(config.Label(i), i);
        }

        json.WriteEndObject();
    }

    private static VisionConfig ReadConfig(ConfigFields fields, ConfigFields? section, Func<int, int, PixelScale> pixels)
    {
        var type = fields.RequiredText("model_type");
        if (!IsVision(type))
            throw fields.Wrong("model_type", $"{Plain} or {Own}, a vision transformer,");
        if (fields.Text("hidden_act") is { } activation && activation != "gelu")
            throw fields.Wrong("hidden_act", "gelu");
        if (fields.Flag("qkv_bias") == false)
            throw fields.Wrong("qkv_bias", "true");
        if (fields.Section("quantization_config") is not null)
            throw fields.Wrong("quantization_config", "a model that is not quantised");
        var layers = fields.RequiredSize("num_hidden_layers");
        if (layers > MostLayers)
            throw fields.Wrong("num_hidden_layers", $"at most {MostLayers}");
        var pooling = ReadPooling(section, type);
        var labels = ReadLabels(fields);
        int image = fields.Size("image_size") ?? 224, channels = fields.Size("num_channels") ?? 3;
        var scale = pixels(image, channels);
        return new VisionConfig
        {
            ImageSize = image,
            PatchSize = fields.Size("patch_size") ?? 16,
            Channels = channels,
            HiddenSize = fields.RequiredSize("hidden_size"),
            FullWidths = new WidthPlan(fields.RequiredWidths("intermediate_size", layers, listAllowed: type == Own)),
            Heads = fields.RequiredSize("num_attention_heads"),
            Classes = labels.Length,
            Labels = labels.Select((label, i) => label == UnnamedLabel(i)).All(unnamed => unnamed) ? [] : labels,
            Pooling = pooling,
            NormEpsilon = fields.Number("layer_norm_eps") ?? 1e-12f,
            Mean = scale.Mean,
            StandardDeviation = scale.StandardDeviation,
            Granularities = NestedSectionJson.Granularities(section),
        };
    }

    private static VisionPooling ReadPooling(ConfigFields? section, string type) => section?.Text(PoolingKey) switch
    {
        null or ClassToken => VisionPooling.ClassToken,
        Mean when type == Own => VisionPooling.Mean,
        _ => throw section!.Value.Wrong(PoolingKey, type == Own ? $"{ClassToken} or {Mean}" : $"{ClassToken}, as model_type {Plain} has it,"),
    };

    private static string[] ReadLabels(ConfigFields fields)
    {
        if (fields.Texts(LabelsKey, MostClasses) is not { } named)
            return [.. Enumerable.Range(0, Math.Min(fields.Size("num_labels") ?? DefaultClasses, MostClasses)).Select(UnnamedLabel)];
        var labels = new string[named.Count];
        foreach (var (key, label) in named)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= labels.Length || labels[index] is not null)
                throw fields.Wrong(LabelsKey, $"a name for each class, counted from 0 to {labels.Length - 1},");
            labels[index] = label;
        }

        return labels.Length > 0 ? labels : throw fields.Wrong(LabelsKey, "a name for each class");
    }
}
