using System.Globalization;
using System.Text.Json;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Formats;

/// <summary>A model's shape as HuggingFace's <c>config.json</c>.</summary>
/// <remarks>
/// A gated model with one width is plain Llama, which other tools load. Other blocks, mixed widths and packed weights are
/// <c>model_type: nestor</c>, with <c>intermediate_size</c> a list where widths differ (Gemma 3n's convention), so that other tools refuse instead of guess.
/// The section <c>nestor</c>, which other tools skip, holds the granularities, what a slice was cut from, and how weights are packed.
/// </remarks>
internal static class ConfigJson
{
    private const string Llama = "llama", Own = NestedSectionJson.Key;

    /// <summary>More than any model has; keeps a claimed number of layers from being an allocation.</summary>
    private const int MostLayers = 10_000;

    private static readonly (FeedForwardKind Kind, string Name, string Activation)[] Kinds =
    [
        (FeedForwardKind.SwiGlu, "swiglu", "silu"),
        (FeedForwardKind.Gelu, "gelu", "gelu"),
        (FeedForwardKind.SquaredRelu, "squared_relu", "relu2"),
    ];

    /// <summary>Reads and validates a shape. Missing keys have the defaults of HuggingFace's Llama.</summary>
    /// <exception cref="NestorException">The file is damaged, or describes a model that Nestor would compute wrongly: another architecture, biases, scaled rotary positions, quantised weights.</exception>
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
        var isLlama = config.FeedForward == FeedForwardKind.SwiGlu && config.FullWidths.IsUniform && packed is null;
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue(isLlama ? "LlamaForCausalLM" : "NestorForCausalLM");
        json.WriteEndArray();
        json.WriteString("model_type", isLlama ? Llama : Own);
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteNumber("hidden_size", config.HiddenSize);
        NestedSectionJson.WriteWidths(json, config.FullWidths);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_attention_heads", config.Heads);
        json.WriteNumber("num_key_value_heads", config.KeyValueHeads);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteNumber("max_position_embeddings", config.ContextLength);
        WriteFloat(json, "rms_norm_eps", config.NormEpsilon);
        WriteFloat(json, "rope_theta", config.RopeTheta);
        json.WriteString("hidden_act", activation);
        json.WriteBoolean("attention_bias", false);
        json.WriteBoolean("mlp_bias", false);
        json.WriteBoolean("tie_word_embeddings", config.TieEmbeddings);
        WriteToken(json, "bos_token_id", config.BeginToken);
        WriteToken(json, "eos_token_id", config.EndToken);
        if (packed is null)
            json.WriteString("torch_dtype", TorchName(type));
        json.WriteStartObject(Own);
        json.WriteString("feed_forward", kind);
        NestedSectionJson.Write(json, config, origin);
        if (packed is not null)
            PackedWeightsJson.Write(json, packed, config);

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static ModelConfig ReadConfig(ConfigFields fields, ConfigFields? section)
    {
        var kind = ReadKind(fields, section);
        var isLlama = fields.RequiredText("model_type") == Llama;
        RefuseWhatWouldComputeWrongly(fields);
        if (isLlama && section?.Section(PackedWeightsJson.Key) is not null)
            throw fields.Wrong("model_type", $"{Own}, because the weights are packed,");

        var layers = fields.RequiredSize("num_hidden_layers");
        if (layers > MostLayers)
            throw fields.Wrong("num_hidden_layers", $"at most {MostLayers}");
        var hidden = fields.RequiredSize("hidden_size");
        var heads = fields.RequiredSize("num_attention_heads");
        return new ModelConfig
        {
            VocabularySize = fields.RequiredSize("vocab_size"),
            HiddenSize = hidden,
            FullWidths = new WidthPlan(fields.RequiredWidths("intermediate_size", layers, listAllowed: !isLlama)),
            Heads = heads,
            KeyValueHeads = fields.Size("num_key_value_heads") ?? heads,
            HeadSize = fields.Size("head_dim")
                ?? (hidden % heads == 0 ? hidden / heads : throw fields.Wrong("head_dim", $"a size, because {heads} heads do not divide the hidden size {hidden},")),
            FeedForward = kind,
            ContextLength = fields.Size("max_position_embeddings") ?? 2048,
            NormEpsilon = fields.Number("rms_norm_eps") ?? 1e-6f,
            RopeTheta = fields.Section("rope_parameters")?.Number("rope_theta") ?? fields.Number("rope_theta") ?? 10_000f,
            TieEmbeddings = fields.Flag("tie_word_embeddings") ?? false,
            BeginToken = fields.Token("bos_token_id"),
            EndToken = fields.Token("eos_token_id"),
            Granularities = NestedSectionJson.Granularities(section),
        };
    }

    private static FeedForwardKind ReadKind(ConfigFields fields, ConfigFields? section)
    {
        var model = fields.RequiredText("model_type");
        if (VisionConfigJson.IsVision(model))
            throw fields.Wrong("model_type", "a language model, not one that reads pictures,");
        if (model is not (Llama or Own))
            throw fields.Wrong("model_type", $"{Llama} or {Own}");
        var name = section?.Text("feed_forward") ?? (model == Llama ? "swiglu" : throw fields.Wrong(Own, "a section with the kind feed_forward"));
        foreach (var (kind, kindName, activation) in Kinds)
        {
            if (kindName != name)
                continue;
            if (model == Llama && kind != FeedForwardKind.SwiGlu)
                throw section!.Value.Wrong("feed_forward", $"swiglu, the block of model_type {Llama},");
            if (fields.Text("hidden_act") is { } given && given != activation)
                throw fields.Wrong("hidden_act", $"{activation}, the activation of a {kindName} block,");
            return kind;
        }

        throw section!.Value.Wrong("feed_forward", $"one of {string.Join(", ", Kinds.Select(k => k.Name))}");
    }

    private static void RefuseWhatWouldComputeWrongly(ConfigFields fields)
    {
        foreach (var bias in (string[])["attention_bias", "mlp_bias"])
        {
            if (fields.Flag(bias) == true)
                throw fields.Wrong(bias, "false");
        }

        if (fields.Section("quantization_config") is not null)
            throw fields.Wrong("quantization_config", "a model that is not quantised");

        // Llama 3's and others' stretched positions; the older key always names its type, the newer one may hold only the base.
        if (fields.Section("rope_scaling") is { } scaling && (scaling.Text("rope_type") ?? scaling.Text("type")) != "default")
            throw fields.Wrong("rope_scaling", "null or the type default");
        if (fields.Section("rope_parameters") is { } rope && (rope.Text("rope_type") ?? rope.Text("type") ?? "default") != "default")
            throw fields.Wrong("rope_parameters", "the type default");
        foreach (var holder in new[] { fields, fields.Section("rope_parameters") ?? fields })
        {
            if (holder.Number("partial_rotary_factor") is { } part && part != 1)
                throw holder.Wrong("partial_rotary_factor", "1");
        }
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

    /// <summary>The shortest text that reads back as the same float, always with a point or an exponent: other tools take 10000 for an integer.</summary>
    public static void WriteFloat(Utf8JsonWriter json, string key, float value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        json.WritePropertyName(key);
        json.WriteRawValue(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text);
    }

    private static void WriteToken(Utf8JsonWriter json, string key, int? token)
    {
        if (token is { } id)
            json.WriteNumber(key, id);
        else
            json.WriteNull(key);
    }
}
