using System.Text.Json;
using Nestor.Models;

namespace Nestor.Formats;

/// <summary>What the section <c>nestor</c> of every nested model's <c>config.json</c> holds: the granularities, and what a slice was cut from.</summary>
internal static class NestedSectionJson
{
    /// <summary>The section's key.</summary>
    public const string Key = "nestor";

    private const string GranularitiesKey = "granularities", Slice = "slice", Widths = "intermediate_size";

    private const int MostGranularities = 1_000;

    /// <summary>Writes both into the section.</summary>
    public static void Write(Utf8JsonWriter json, INestedConfig config, SliceOrigin? origin)
    {
        json.WriteStartArray(GranularitiesKey);
        foreach (var (name, width) in config.Granularities)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("width", width);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (origin is null)
            return;
        json.WriteStartObject(Slice);
        WriteWidths(json, origin.FullWidths);
        json.WriteString("fingerprint", origin.Fingerprint);
        json.WriteEndObject();
    }

    /// <summary>Writes the key <c>intermediate_size</c>: one width, or a list where they differ.</summary>
    public static void WriteWidths(Utf8JsonWriter json, WidthPlan widths)
    {
        if (widths.IsUniform)
        {
            json.WriteNumber(Widths, widths.Widest);
            return;
        }

        json.WriteStartArray(Widths);
        foreach (var width in widths.AsSpan())
            json.WriteNumberValue(width);
        json.WriteEndArray();
    }

    /// <summary>The granularities of a section; none where there is no section.</summary>
    /// <exception cref="NestorException">They are not a list of names and widths.</exception>
    public static IReadOnlyList<Granularity> Granularities(ConfigFields? section) =>
        [.. (section?.Sections(GranularitiesKey, MostGranularities) ?? []).Select(g => new Granularity(g.RequiredText("name"), g.RequiredSize("width")))];

    /// <summary>What a model was cut from, if its section says so.</summary>
    /// <exception cref="NestorException">A key is missing or wrong, or the model is wider than what it was cut from.</exception>
    public static SliceOrigin? Origin(string path, ConfigFields? section, INestedConfig config)
    {
        if (section?.Section(Slice) is not { } fields)
            return null;
        var full = new WidthPlan(fields.RequiredWidths(Widths, config.FullWidths.Layers, listAllowed: true));
        return config.FullWidths.FitsIn(full)
            ? new SliceOrigin(full, fields.RequiredText("fingerprint"))
            : throw new NestorException($"The file '{path}' says that the widths {config.FullWidths} were cut from {full}; a slice can only be narrower.");
    }
}
