using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>A cost table as a JSON file.</summary>
internal static class CostTableJson
{
    private const string Format = "nestor-costs-1";
    private const int MostLayers = 1 << 16, MostChoices = 1 << 10, MostChecks = 1 << 10;

    /// <summary>Reads a table.</summary>
    public static CostTable Read(string path) => JsonFile.Read(path, root =>
    {
        try
        {
            return Table(new JsonPart(root, ""));
        }
        catch (NestorException error)
        {
            throw new NestorException($"The cost table '{path}' cannot be used: {error.Message.TrimEnd('.')}; measure it again with nestor profile.", error);
        }
    });

    /// <summary>Writes a table so that <see cref="Read"/> gives it back.</summary>
    public static void Write(string path, CostTable table) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteString("machine", table.Machine);
        json.WriteString("date", table.Date.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("model", table.Model);
        json.WriteString("weights", table.Type.ToString());
        json.WriteNumber("threads", table.Threads);
        json.WriteString("clock", table.Clock);
        json.WriteNumber("tokens", table.Tokens);
        json.WriteNumber("rounds", table.Rounds);
        json.WriteNumber("fixed_ms", table.FixedMilliseconds);
        json.WriteStartArray("layers");
        foreach (var (widths, times) in table.Layers)
        {
            json.WriteStartObject();
            WriteNumbers(json, "widths", widths, json.WriteNumberValue);
            WriteNumbers(json, "ms", times, json.WriteNumberValue);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("checks");
        foreach (var check in table.Checks)
        {
            json.WriteStartObject();
            WriteNumbers(json, "widths", check.Plan.AsSpan().ToArray(), json.WriteNumberValue);
            json.WriteNumber("predicted_ms", check.Predicted);
            json.WriteNumber("measured_ms", check.Measured);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteNumbers<T>(Utf8JsonWriter json, string name, IEnumerable<T> numbers, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            write(number);
        json.WriteEndArray();
    }

    private static CostTable Table(JsonPart root)
    {
        if (root["format"].StringOrNull() != Format)
            throw new NestorException($"format is not {Format}");
        var layers = Items(root["layers"], MostLayers).Select(Layer).ToList();
        return new CostTable
        {
            Machine = root["machine"].String,
            Date = DateTime.TryParseExact(root["date"].String, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var date) && date.Kind == DateTimeKind.Utc
                ? date
                : throw new NestorException($"date is {Quoted.Quote(root["date"].String)}, a time such as 2026-01-31T12:00:00.0000000Z was wanted"),
            Model = root["model"].String,
            Type = Enum.GetValues<WeightType>().Select(type => (WeightType?)type).FirstOrDefault(type => type.ToString() == root["weights"].String)
                ?? throw new NestorException($"weights is {Quoted.Quote(root["weights"].String)}, one of {string.Join(", ", Enum.GetNames<WeightType>())} was wanted"),
            Threads = Positive(root["threads"]),
            Clock = root["clock"].String,
            Tokens = Positive(root["tokens"]),
            Rounds = Positive(root["rounds"]),
            FixedMilliseconds = Time(root["fixed_ms"]),
            Layers = layers.Count > 0 ? layers : throw new NestorException("layers is empty"),
            Checks = [.. Items(root["checks"], MostChecks).Select(Check)],
        };
    }

    private static LayerTimes Layer(JsonPart part)
    {
        var widths = Items(part["widths"], MostChoices).Select(Positive).ToImmutableArray();
        var times = Items(part["ms"], MostChoices).Select(Time).ToImmutableArray();
        return widths.Length > 0 && widths.Length == times.Length && widths.Zip(widths.Skip(1)).All(pair => pair.First < pair.Second)
            ? new LayerTimes(widths, times)
            : throw new NestorException($"{part.Place} does not give one time to each of its rising widths");
    }

    private static TimeCheck Check(JsonPart part) =>
        new(new WidthPlan([.. Items(part["widths"], MostLayers).Select(Positive)]), Time(part["predicted_ms"]), Time(part["measured_ms"]));

    private static IEnumerable<JsonPart> Items(JsonPart part, int most) =>
        part.Length <= most ? part.Items : throw new NestorException($"{part.Place} has {part.Length} items, at most {most} are possible");

    private static int Positive(JsonPart part) => part.Int32 > 0 ? part.Int32 : throw new NestorException($"{part.Place} is {part.Int32} and must be positive");

    private static double Time(JsonPart part) => part.Element is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var time) && time >= 0 && double.IsFinite(time)
        ? time
        : throw new NestorException($"{part.Place} is {(part.IsNull ? "missing" : Quoted.OneLine(part.Element.GetRawText()))}, milliseconds from 0 were wanted");
}
