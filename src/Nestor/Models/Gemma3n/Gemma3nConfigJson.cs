using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Models.Gemma3n;

/// <summary>The <c>config.json</c> of a Gemma 3n folder: its shape is read, and for a slice the keys that the cut changes are written anew, all others as they were.</summary>
internal static class Gemma3nConfigJson
{
    /// <summary>The model types of the multimodal model, whose text part stands in a section, and of the text part alone.</summary>
    public const string Multimodal = "gemma3n", TextOnly = "gemma3n_text";

    private const string TextSection = "text_config", Own = "nestor", Slice = "slice";

    private const string Layers = "num_hidden_layers", Widths = "intermediate_size", LayerTypes = "layer_types", Sparsity = "activation_sparsity_pattern", SharedLayers = "num_kv_shared_layers";

    /// <summary>More than any model has; keeps a claimed number of layers from being an allocation.</summary>
    private const int MostLayers = 10_000;

    // What HuggingFace's configuration assumes where a key is missing.
    private const int DefaultLayers = 35, DefaultWidth = 16_384, DefaultPattern = 5, DefaultSparseLayers = 10;
    private const double DefaultSparsity = 0.95;

    private static readonly string[] LayerByLayer = [Widths, LayerTypes, Sparsity];

    /// <summary>Reads a shape. Missing keys have the defaults of HuggingFace's configuration.</summary>
    /// <exception cref="NestorException">The file is damaged or describes another model, or quantised weights.</exception>
    public static Gemma3nDescription Read(string path) => JsonFile.Read(path, root =>
    {
        var fields = new ConfigFields(path, root);
        var type = fields.RequiredText("model_type");
        if (type.StartsWith("gemma4", StringComparison.Ordinal))
            throw new NestorException($"'{path}' is Gemma 4, whose E2B and E4B are separate models: they differ in hidden size and layers, and neither is a part of the other. Only Gemma 3n can be sliced.");
        if (type is not (Multimodal or TextOnly))
            throw fields.Wrong("model_type", $"{Multimodal} or {TextOnly}");
        var text = root;
        if (type == Multimodal)
        {
            fields = fields.Section(TextSection) ?? throw fields.Wrong(TextSection, "the section of the text part");
            text = root.GetProperty(TextSection);
        }

        foreach (var (section, key) in from section in (JsonElement[])[root, text] from key in (string[])["quantization_config", "quantization"] select (section, key))
        {
            if (Find(section, key) is not null)
                throw new NestorException($"The model of '{path}' is quantised ({key}); slice the original in BF16 and quantise the slice.");
        }

        var shape = ReadShape(fields, text);
        if (shape.Problems().ToList() is { Count: > 0 } problems)
            throw new NestorException($"The file '{path}' does not describe a Gemma 3n model: {string.Join("; ", problems)}.");
        RefuseUnknownLists(path, text, shape.Layers);
        var slice = new ConfigFields(path, root).Section(Own)?.Section(Slice);
        return new Gemma3nDescription(shape, type == Multimodal, root.Clone(), slice?.RequiredSize(Layers));
    });

    /// <summary>Writes the config of a slice.</summary>
    /// <param name="stream">Takes the text.</param>
    /// <param name="source">What the whole model's config says.</param>
    /// <param name="shape">The slice's shape.</param>
    /// <param name="kept">The layers of the whole model that the slice keeps.</param>
    public static void Write(Stream stream, Gemma3nDescription source, Gemma3nShape shape, ImmutableArray<int> kept)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        if (!source.IsMultimodal)
            WriteText(json, source.Root, shape);
        foreach (var property in source.Root.EnumerateObject().Where(property => source.IsMultimodal && property.Name != Own))
        {
            if (property.Name == TextSection)
            {
                json.WriteStartObject(TextSection);
                WriteText(json, property.Value, shape);
                json.WriteEndObject();
            }
            else
            {
                property.WriteTo(json);
            }
        }

        json.WriteStartObject(Own);
        json.WriteStartObject(Slice);
        json.WriteNumber(Layers, source.Shape.Layers);
        WriteList(json, Widths, source.Shape.Widths.AsSpan().ToArray(), json.WriteNumberValue);
        WriteList(json, "layers", kept, json.WriteNumberValue);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, JsonElement text, Gemma3nShape shape)
    {
        var isList = Find(text, Widths) is { ValueKind: JsonValueKind.Array } || !shape.Widths.IsUniform;
        foreach (var property in text.EnumerateObject().Where(property => property.Name is not (Layers or SharedLayers or Own) && !LayerByLayer.Contains(property.Name)))
            property.WriteTo(json);
        json.WriteNumber(Layers, shape.Layers);
        if (isList)
            WriteList(json, Widths, shape.Widths.AsSpan().ToArray(), json.WriteNumberValue);
        else
            json.WriteNumber(Widths, shape.Widths.Widest);
        WriteList(json, LayerTypes, shape.LayerTypes, json.WriteStringValue);
        WriteList(json, Sparsity, shape.Sparsity, share => json.WriteRawValue(Decimal(share)));
        json.WriteNumber(SharedLayers, shape.SharedLayers);
    }

    /// <summary>A number that stays a float for readers that tell <c>0.0</c> from <c>0</c>.</summary>
    private static string Decimal(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }

    private static void WriteList<T>(Utf8JsonWriter json, string key, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(key);
        foreach (var item in items)
            write(item);
        json.WriteEndArray();
    }

    private static Gemma3nShape ReadShape(ConfigFields fields, JsonElement text)
    {
        var layers = fields.Size(Layers) ?? DefaultLayers;
        if (layers > MostLayers)
            throw fields.Wrong(Layers, $"at most {MostLayers}");
        var standard = new Gemma3nShape { Widths = WidthPlan.Uniform(DefaultWidth, layers), LayerTypes = [], Sparsity = [] };
        return standard with
        {
            Widths = Find(text, Widths) is null ? standard.Widths : new WidthPlan(fields.RequiredWidths(Widths, layers, listAllowed: true)),
            LayerTypes = ReadLayerTypes(fields, text, layers),
            Sparsity = ReadSparsity(fields, text, layers),
            SharedLayers = ReadSharedLayers(fields, text) ?? standard.SharedLayers,
            HiddenSize = fields.Size("hidden_size") ?? standard.HiddenSize,
            VocabularySize = fields.Size("vocab_size") ?? standard.VocabularySize,
            PerLayerVocabularySize = fields.Size("vocab_size_per_layer_input") ?? standard.PerLayerVocabularySize,
            PerLayerSize = fields.Size("hidden_size_per_layer_input") ?? standard.PerLayerSize,
            Heads = fields.Size("num_attention_heads") ?? standard.Heads,
            KeyValueHeads = fields.Size("num_key_value_heads") ?? standard.KeyValueHeads,
            HeadSize = fields.Size("head_dim") ?? standard.HeadSize,
            LaurelRank = fields.Size("laurel_rank") ?? standard.LaurelRank,
            AltUpInputs = fields.Size("altup_num_inputs") ?? standard.AltUpInputs,
        };
    }

    private static ImmutableArray<string> ReadLayerTypes(ConfigFields fields, JsonElement text, int layers) => Find(text, LayerTypes) switch
    {
        null => [.. Enumerable.Range(1, layers).Select(layer => layer % DefaultPattern == 0 ? Gemma3nShape.FullAttention : Gemma3nShape.SlidingAttention)],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. list.EnumerateArray().Select(item => item.GetString()!)],
        _ => throw fields.Wrong(LayerTypes, "a list of texts"),
    };

    private static ImmutableArray<double> ReadSparsity(ConfigFields fields, JsonElement text, int layers) => Find(text, Sparsity) switch
    {
        null => [.. Enumerable.Range(0, layers).Select(layer => layers > DefaultSparseLayers && layer < DefaultSparseLayers ? DefaultSparsity : 0)],
        { ValueKind: JsonValueKind.Number } share => [.. Enumerable.Repeat(share.GetDouble(), layers)],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number) =>
            [.. list.EnumerateArray().Select(item => item.GetDouble())],
        _ => throw fields.Wrong(Sparsity, "a list of numbers"),
    };

    private static int? ReadSharedLayers(ConfigFields fields, JsonElement text) => Find(text, SharedLayers) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) => number,
        _ => throw fields.Wrong(SharedLayers, "a whole number from 0"),
    };

    /// <summary>A list with an item for each layer must be cut too; one that is not known would be left behind and wrong.</summary>
    private static void RefuseUnknownLists(string path, JsonElement text, int layers)
    {
        foreach (var property in text.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Array && property.Value.GetArrayLength() == layers && layers > 1 && !LayerByLayer.Contains(property.Name))
                throw new NestorException($"The key {Quoted.Quote(property.Name)} in '{path}' lists something for each of the {layers} layers, and Nestor does not know it; a slice would be wrong.");
        }
    }

    private static JsonElement? Find(JsonElement element, string key) =>
        element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}

/// <summary>What a Gemma 3n folder's config says.</summary>
/// <param name="Shape">The text part's shape.</param>
/// <param name="IsMultimodal">Whether towers for pictures and sound stand beside it.</param>
/// <param name="Root">The whole file.</param>
/// <param name="SlicedFrom">Number of layers of the model that this one is a slice of; null for a model that Nestor did not cut.</param>
internal sealed record Gemma3nDescription(Gemma3nShape Shape, bool IsMultimodal, JsonElement Root, int? SlicedFrom);
