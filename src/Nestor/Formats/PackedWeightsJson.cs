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
    private const string Layout = "nestor-tiles-1";

    /// <summary>Reads the entry of a section <c>nestor</c>; null where it has none.</summary>
    /// <exception cref="NestorException">The layout or a type is unknown, or a key is missing.</exception>
    public static PackedWeights? Read(ConfigFields section)
    {
        if (section.Section(Key) is not { } fields)
            return null;
        if (fields.RequiredText("layout") != Layout)
            throw fields.Wrong("layout", $"{Layout}, the layout of this version of Nestor,");
        return new PackedWeights(new WeightPacking(Type(fields, "type"), Type(fields, "embedding_type")), fields.RequiredText("fingerprint"));
    }

    /// <summary>Writes the entry so that <see cref="Read"/> gives it back.</summary>
    public static void Write(Utf8JsonWriter json, PackedWeights packed)
    {
        json.WriteStartObject(Key);
        json.WriteString("layout", Layout);
        json.WriteString("type", Name(packed.Packing.Type));
        json.WriteString("embedding_type", Name(packed.Packing.EmbeddingType));
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
