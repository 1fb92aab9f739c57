using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nestor.Cli.Commands;

/// <summary>Flags in JSON: a text of 0 and 1, one for each.</summary>
internal sealed class FlagsJson : JsonConverter<bool[]>
{
    public override bool[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        [.. (reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("flags are not a text.")).Select(flag => flag switch
        {
            '0' => false,
            '1' => true,
            _ => throw new JsonException($"'{flag}' is not a flag."),
        })];

    public override void Write(Utf8JsonWriter writer, bool[] value, JsonSerializerOptions options) => writer.WriteStringValue(string.Concat(value.Select(flag => flag ? '1' : '0')));
}
