using System.Text.Json;

namespace Nestor.Training.Data;

/// <summary>One JSON object a line; one of its fields is a document.</summary>
internal static class JsonLines
{
    /// <summary>Characters a line may have; a line is held in memory whole.</summary>
    public const int LongestLine = 64 * 1024 * 1024;

    /// <exception cref="NestorException">A line is too long, not a JSON object, or lacks the field; the message names file and line.</exception>
    public static IEnumerable<string> Documents(TextReader text, string path, string field, int longestLine = LongestLine)
    {
        var lines = new LineReader(text, longestLine);
        while (lines.Next())
        {
            if (lines.Continues)
                throw new NestorException($"The file '{path}', line {lines.Number}: the line has more than {longestLine:N0} characters; write one document a line.");
            if (lines.Line.Span.IsWhiteSpace())
                continue;
            var document = Field(lines, path, field);
            if (!string.IsNullOrWhiteSpace(document))
            {
                foreach (var piece in Pieces(document, TextSource.LongestDocument))
                    yield return piece;
            }
        }
    }

    /// <summary>Cuts a text into pieces of at most <paramref name="longest"/> characters: after the last line end that fits, else where it is full.</summary>
    public static IEnumerable<string> Pieces(string text, int longest)
    {
        var start = 0;
        while (text.Length - start > longest)
        {
            var stop = text.LastIndexOf('\n', start + longest - 1, longest) + 1;
            if (stop <= start)
                stop = start + longest - (longest > 1 && char.IsHighSurrogate(text[start + longest - 1]) ? 1 : 0);
            yield return text[start..stop];
            start = stop;
        }

        yield return text[start..];
    }

    private static string Field(LineReader lines, string path, string field)
    {
        try
        {
            using var json = JsonDocument.Parse(lines.Line);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new NestorException($"The file '{path}', line {lines.Number}: the line is JSON but not an object such as {{\"{field}\": \"...\"}}.");
            if (!json.RootElement.TryGetProperty(field, out var value))
            {
                var names = string.Join(", ", json.RootElement.EnumerateObject().Take(8).Select(property => property.Name));
                throw new NestorException($"The file '{path}', line {lines.Number}: there is no field '{field}'; name the field that holds the text{(names.Length > 0 ? $" (the line has {names})" : "")}.");
            }

            return value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw new NestorException($"The file '{path}', line {lines.Number}: the field '{field}' is not a string.");
        }
        // The second is half of a surrogate pair, written as an escape.
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new NestorException($"The file '{path}', line {lines.Number}: not valid JSON; every line of a .jsonl file is one JSON object.", error);
        }
    }
}
