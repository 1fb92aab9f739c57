using System.Text.Json;
using Nestor.Models;

namespace Nestor.Formats;

/// <summary>Rotary positions in <c>config.json</c>: in <c>rope_theta</c> and <c>rope_scaling</c>, or, in newer files, together in <c>rope_parameters</c>.</summary>
internal static class RopeJson
{
    private const string Base = "rope_theta", Older = "rope_scaling", Newer = "rope_parameters";
    private const string Plain = "default", Llama3 = "llama3";

    /// <summary>The base of the frequencies.</summary>
    public static float Theta(ConfigFields fields) => fields.Section(Newer)?.Number(Base) ?? fields.Number(Base) ?? 10_000f;

    /// <summary>How the frequencies are stretched; null where they are not.</summary>
    /// <exception cref="NestorException">They are stretched in a way that Nestor does not compute, or the two places differ.</exception>
    public static RopeScaling? Scaling(ConfigFields fields)
    {
        foreach (var holder in new[] { fields, fields.Section(Newer) ?? fields })
        {
            if (holder.Number("partial_rotary_factor") is { } part && part != 1)
                throw holder.Wrong("partial_rotary_factor", "1");
        }

        // The older section always names its type, the newer one may hold only the base.
        var (older, newer) = (fields.Section(Older), fields.Section(Newer));
        var scaling = older is null ? null : Scaling(fields, Older);
        if (newer is not { } parameters || TypeOf(parameters) is null)
            return scaling;
        var current = Scaling(fields, Newer);
        return older is null || current == scaling ? current : throw fields.Wrong(Newer, $"what {Older} says too");
    }

    /// <summary>Writes base and scaling where every version of other tools finds them.</summary>
    public static void Write(Utf8JsonWriter json, ModelConfig config)
    {
        ConfigJson.WriteFloat(json, Base, config.RopeTheta);
        if (config.RopeScaling is not var (factor, low, high, original))
            return;
        json.WriteStartObject(Older);
        json.WriteString("rope_type", Llama3);
        ConfigJson.WriteFloat(json, "factor", factor);
        ConfigJson.WriteFloat(json, "low_freq_factor", low);
        ConfigJson.WriteFloat(json, "high_freq_factor", high);
        json.WriteNumber("original_max_position_embeddings", original);
        json.WriteEndObject();
    }

    private static RopeScaling? Scaling(ConfigFields fields, string key)
    {
        var section = fields.Section(key)!.Value;
        return TypeOf(section) switch
        {
            Plain => null,
            Llama3 => new RopeScaling(
                section.RequiredNumber("factor"),
                section.RequiredNumber("low_freq_factor"),
                section.RequiredNumber("high_freq_factor"),
                section.RequiredSize("original_max_position_embeddings")),
            _ => throw fields.Wrong(key, $"null or the type {Plain} or {Llama3}"),
        };
    }

    private static string? TypeOf(ConfigFields section) => section.Text("rope_type") ?? section.Text("type");
}
