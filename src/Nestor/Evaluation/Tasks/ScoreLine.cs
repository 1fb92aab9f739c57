using System.Text.Json;

namespace Nestor.Evaluation.Tasks;

/// <summary>One line of a <see cref="ScoreLog"/>.</summary>
internal static class ScoreLine
{
    /// <summary>How every line begins.</summary>
    public static ReadOnlySpan<byte> Beginning => "{\"model\":"u8;

    public static void Write(Stream stream, ScoreKey key, ItemScores scores)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("model", key.Model);
        json.WriteString("weights", key.Weights);
        json.WriteString("plan", key.Plan);
        json.WriteString("task", key.Task);
        json.WriteString("file", key.File);
        json.WriteNumber("shots", key.Shots);
        json.WriteNumber("seed", key.Seed);
        json.WriteNumber("item", scores.Item);
        json.WriteBoolean("cut", scores.IsCut);
        json.WriteStartArray("log_probabilities");
        foreach (var choice in scores.Choices)
            json.WriteNumberValue(choice.LogProbability);
        json.WriteEndArray();
        json.WriteStartArray("greedy");
        foreach (var choice in scores.Choices)
            json.WriteBooleanValue(choice.IsGreedy);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The key and scores of a line, or null if it is not one.</summary>
    public static (ScoreKey Key, ItemScores Scores)? Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            string Text(string name) => root.GetProperty(name).GetString() ?? throw new FormatException();
            var key = new ScoreKey(Text("model"), Text("weights"), Text("plan"), Text("task"), Text("file"), root.GetProperty("shots").GetInt32(), root.GetProperty("seed").GetUInt64());
            var choices = root.GetProperty("log_probabilities").EnumerateArray().Zip(
                root.GetProperty("greedy").EnumerateArray(),
                (nats, greedy) => new ContinuationScore(nats.GetDouble(), greedy.GetBoolean()));
            return (key, new ItemScores(root.GetProperty("item").GetInt32(), [.. choices], root.GetProperty("cut").GetBoolean()));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
