using System.Text.Json;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Formats;

/// <summary>The entry <c>nestor.weights</c> of a packed folder's <c>config.json</c>: which layout the tiles have, and their types.</summary>
internal static class PackedWeightsJson
{
    /// <summary>The entry's key in the section <c>nestor</c>.</summary>
    public const string Key = "weights";

    /// <summary>Names the bytes that <see cref="Inference.Kernels.Tile"/> describes; any change of them is another name.</summary>
    private const string Layout = "nestor-tiles-2";

    /// <summary>Reads the entry of a section <c>nestor</c>; null where it has none.</summary>
    /// <param name="section">The section.</param>
    /// <param name="config">The shape that the rest of the file gives. Tiles hold a size rounded up, so the bytes alone do not prove it.</param>
    /// <exception cref="NestorException">The layout or a type is unknown, a key is missing, or another shape was packed.</exception>
    public static PackedWeights? Read(ConfigFields section, ModelConfig config)
    {
        if (section.Section(Key) is not { } fields)
            return null;
        if (fields.RequiredText("layout") != Layout)
            throw fields.Wrong("layout", $"{Layout}, the layout of this version of Nestor,");
        var packed = new PackedWeights(new WeightPacking(Type(fields, "type"), Type(fields, "embedding_type")), fields.RequiredText("fingerprint"));
        var parameters = ParameterCount.Of(config, config.FullWidths).Total;
        if (fields.RequiredCount("parameters") != parameters)
            throw fields.Wrong("parameters", $"{parameters}, what the sizes in the same file make,");
        return packed;
    }

    /// <summary>Writes the entry so that <see cref="Read"/> gives it back.</summary>
    public static void Write(Utf8JsonWriter json, PackedWeights packed, ModelConfig config)
    {
        json.WriteStartObject(Key);
        json.WriteString("layout", Layout);
        json.WriteString("type", Name(packed.Packing.Type));
        json.WriteString("embedding_type", Name(packed.Packing.EmbeddingType));
        json.WriteNumber("parameters", ParameterCount.Of(config, config.FullWidths).Total);
        json.WriteString("fingerprint", packed.Fingerprint);
        json.WriteEndObject();
    }

    private static WeightType Type(ConfigFields fields, string key)
    {
        var name = fields.RequiredText(key);
        foreach (var type in Enum.GetValues<WeightType>())
        {
            if (Name(type) == name)
                return type;
        }

        throw fields.Wrong(key, $"one of {string.Join(", ", Enum.GetValues<WeightType>().Select(Name))}");
    }

    private static string Name(WeightType type) => type.ToString().ToLowerInvariant();
}
