using System.Globalization;
using System.Text.Json;
using Nestor.Models;
using Nestor.Models.Families;
using Nestor.Models.Vision;

namespace Nestor.Formats;

/// <summary>A model's shape as HuggingFace's <c>config.json</c>.</summary>
/// <remarks>
/// A gated model with one width is a plain model of its family, which other tools load. Other blocks, mixed widths and packed weights are
/// <c>model_type: nestor</c>, with <c>intermediate_size</c> a list where widths differ (Gemma 3n's convention), so that other tools refuse instead of guess.
/// The section <c>nestor</c>, which other tools skip, holds the family, the granularities, what a slice was cut from, and how weights are
/// packed. Keys that Nestor does not know are not kept.
/// </remarks>
internal static class ConfigJson
{
    private const string Own = NestedSectionJson.Key, FamilyKey = "family";

    /// <summary>More than any model has; keeps a claimed number of layers from being an allocation.</summary>
    private const int MostLayers = 10_000;

    private const int MostEndTokens = 100;

    private static readonly (FeedForwardKind Kind, string Name, string Activation)[] Kinds =
    [
        (FeedForwardKind.SwiGlu, "swiglu", "silu"),
        (FeedForwardKind.Gelu, "gelu", "gelu"),
        (FeedForwardKind.SquaredRelu, "squared_relu", "relu2"),
    ];

    /// <summary>Reads and validates a shape. Missing keys have the defaults of the family in HuggingFace's library.</summary>
    /// <exception cref="NestorException">The file is damaged, or describes a model that Nestor would compute wrongly: another architecture, biases that the family does not have, unknown rotary positions, quantised weights.</exception>
    public static ModelDescription Read(string path) => JsonFile.Read(path, root =>
    {
        var fields = new ConfigFields(path, root);
        var section = fields.Section(Own);
        var config = ReadConfig(fields, section);
        try
        {
            config.Validate();
        }
        catch (NestorException error)
        {
            throw new NestorException($"The file '{path}' does not describe a model. {Quoted.OneLine(error.Message, longest: 500)}", error);
        }

        return new ModelDescription(config, NestedSectionJson.Origin(path, section, config), section is { } own ? PackedWeightsJson.Read(own, config) : null);
    });

    /// <summary>Writes a shape so that <see cref="Read"/> gives it back.</summary>
    /// <param name="stream">Takes the text.</param>
    /// <param name="model">What to write.</param>
    /// <param name="type">The type of the weights, for tools that choose their arithmetic by it; nothing is said of packed ones.</param>
    public static void Write(Stream stream, ModelDescription model, TensorType type)
    {
        var (config, origin, packed) = model;
        var (_, kind, activation) = Kinds.First(k => k.Kind == config.FeedForward);
        var isPlain = config.FeedForward == FeedForwardKind.SwiGlu && config.FullWidths.IsUniform && packed is null;
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue(isPlain ? config.Family.Architecture : "NestorForCausalLM");
        json.WriteEndArray();
        json.WriteString("model_type", isPlain ? config.Family.Name : Own);
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteNumber("hidden_size", config.HiddenSize);
        NestedSectionJson.WriteWidths(json, config.FullWidths);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_attention_heads", config.Heads);
        json.WriteNumber("num_key_value_heads", config.KeyValueHeads);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteNumber("max_position_embeddings", config.ContextLength);
        WriteFloat(json, "rms_norm_eps", config.NormEpsilon);
        RopeJson.Write(json, config);
        json.WriteString("hidden_act", activation);
        config.Family.WriteKeys(json, config);
        json.WriteBoolean("tie_word_embeddings", config.TieEmbeddings);
        WriteToken(json, "bos_token_id", config.BeginToken);
        WriteEndTokens(json, config);
        if (packed is null)
            json.WriteString("torch_dtype", TorchName(type));
        json.WriteStartObject(Own);
        json.WriteString(FamilyKey, config.Family.Name);
        json.WriteString("feed_forward", kind);
        NestedSectionJson.Write(json, config, origin);
        if (packed is not null)
            PackedWeightsJson.Write(json, packed, config);

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The shortest text that reads back as the same float, always with a point or an exponent: other tools take 10000 for an integer.</summary>
    public static void WriteFloat(Utf8JsonWriter json, string key, float value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        json.WritePropertyName(key);
        json.WriteRawValue(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text);
    }

    private static ModelConfig ReadConfig(ConfigFields fields, ConfigFields? section)
    {
        var isOwn = fields.RequiredText("model_type") == Own;
        var family = ReadFamily(fields, section, isOwn);
        if (fields.Section("quantization_config") is not null)
            throw fields.Wrong("quantization_config", "a model that is not quantised");
        if (!isOwn && section?.Section(PackedWeightsJson.Key) is not null)
            throw fields.Wrong("model_type", $"{Own}, because the weights are packed,");

        var layers = fields.RequiredSize("num_hidden_layers");
        if (layers > MostLayers)
            throw fields.Wrong("num_hidden_layers", $"at most {MostLayers}");
        var hidden = fields.RequiredSize("hidden_size");
        var heads = fields.RequiredSize("num_attention_heads");
        var ends = fields.Tokens("eos_token_id", MostEndTokens);
        return family.Complete(fields, new ModelConfig
        {
            VocabularySize = fields.RequiredSize("vocab_size"),
            HiddenSize = hidden,
            FullWidths = new WidthPlan(fields.RequiredWidths("intermediate_size", layers, listAllowed: isOwn)),
            Heads = heads,
            KeyValueHeads = fields.Size("num_key_value_heads") ?? heads,
            HeadSize = fields.Size("head_dim")
                ?? (hidden % heads == 0 ? hidden / heads : throw fields.Wrong("head_dim", $"a size, because {heads} heads do not divide the hidden size {hidden},")),
            Family = family,
            FeedForward = ReadKind(fields, section, family, isOwn),
            ContextLength = fields.Size("max_position_embeddings") ?? 2048,
            NormEpsilon = fields.Number("rms_norm_eps") ?? 1e-6f,
            RopeTheta = RopeJson.Theta(fields),
            RopeScaling = RopeJson.Scaling(fields),
            TieEmbeddings = fields.Flag("tie_word_embeddings") ?? false,
            BeginToken = fields.Token("bos_token_id"),
            EndToken = ends is [var first, ..] ? first : null,
            FurtherEndTokens = [.. ends.Skip(1)],
            Granularities = NestedSectionJson.Granularities(section),
        });
    }

    private static ModelFamily ReadFamily(ConfigFields fields, ConfigFields? section, bool isOwn)
    {
        if (VisionConfigJson.IsVision(fields.RequiredText("model_type")))
            throw fields.Wrong("model_type", "a language model, not one that reads pictures,");
        if (!isOwn)
            return ModelFamily.Find(fields.RequiredText("model_type")) ?? throw fields.Wrong("model_type", $"a model of the kinds {ModelFamily.Names} or {Own}");
        var name = section?.Text(FamilyKey) ?? ModelFamily.Llama.Name;
        return ModelFamily.Find(name) ?? throw section!.Value.Wrong(FamilyKey, $"one of {ModelFamily.Names}");
    }

    private static FeedForwardKind ReadKind(ConfigFields fields, ConfigFields? section, ModelFamily family, bool isOwn)
    {
        var name = section?.Text("feed_forward") ?? (isOwn ? throw fields.Wrong(Own, "a section with the kind feed_forward") : "swiglu");
        foreach (var (kind, kindName, activation) in Kinds)
        {
            if (kindName != name)
                continue;
            if (!isOwn && kind != FeedForwardKind.SwiGlu)
                throw section!.Value.Wrong("feed_forward", $"swiglu, the block of model_type {family},");
            if (fields.Text("hidden_act") is { } given && given != activation)
                throw fields.Wrong("hidden_act", $"{activation}, the activation of a {kindName} block,");
            return kind;
        }

        throw section!.Value.Wrong("feed_forward", $"one of {string.Join(", ", Kinds.Select(k => k.Name))}");
    }

    /// <summary>The name that HuggingFace's configurations give a type.</summary>
    public static string TorchName(TensorType type) => type switch
    {
        TensorType.F64 => "float64",
        TensorType.F32 => "float32",
        TensorType.F16 => "float16",
        TensorType.BF16 => "bfloat16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a floating type"),
    };

    private static void WriteEndTokens(Utf8JsonWriter json, ModelConfig config)
    {
        const string key = "eos_token_id";
        if (config.EndToken is not { } first || config.FurtherEndTokens.Count == 0)
        {
            WriteToken(json, key, config.EndToken);
            return;
        }

        json.WriteStartArray(key);
        json.WriteNumberValue(first);
        foreach (var further in config.FurtherEndTokens)
            json.WriteNumberValue(further);
        json.WriteEndArray();
    }

    private static void WriteToken(Utf8JsonWriter json, string key, int? token)
    {
        if (token is { } id)
            json.WriteNumber(key, id);
        else
            json.WriteNull(key);
    }
}
