using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;

namespace Nestor.Training.Optimization;

/// <summary>What <c>training.json</c> says of a run: how it is trained, on what, and how far it is.</summary>
internal sealed record TrainingFacts
{
    public static JsonSerializerOptions Json { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        IgnoreReadOnlyProperties = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new TextConverter<Objective>(ObjectiveText.Parse, ObjectiveText.Print), new TextConverter<GroupPenalty>(PenaltyText.Parse, PenaltyText.Print) },
    };

    public required long Step { get; init; }

    public required TrainingOptions Options { get; init; }

    public required string Corpus { get; init; }

    public required string CorpusHash { get; init; }

    /// <summary>Steps that reached each neuron, by layer.</summary>
    public required IReadOnlyDictionary<int, int[]> NeuronSteps { get; init; }

    public static TrainingFacts Of(Trainer trainer) => new()
    {
        Step = trainer.Step,
        Options = trainer.Options,
        Corpus = trainer.Data.Source,
        CorpusHash = trainer.Data.ContentHash,
        NeuronSteps = trainer.Optimizer.State().NeuronSteps,
    };

    /// <summary>Where another run would not be this one continued; how often checkpoints are written does not matter.</summary>
    public IEnumerable<string> Differences(TrainingFacts other)
    {
        if (CorpusHash != other.CorpusHash)
            yield return $"it was trained on other data ({Corpus}, not {other.Corpus})";
        var (ours, theirs) = (Flat(Options), Flat(other.Options));
        foreach (var name in ours.Keys.Union(theirs.Keys))
        {
            var (was, now) = (ours.GetValueOrDefault(name, "nothing"), theirs.GetValueOrDefault(name, "nothing"));
            if (name != "checkpoint_every" && was != now)
                yield return $"{name} was {was}, not {now}";
        }
    }

    private static Dictionary<string, string> Flat(TrainingOptions options)
    {
        var flat = new Dictionary<string, string>();
        Add(JsonSerializer.SerializeToNode(options, Json)!.AsObject());
        return flat;

        void Add(JsonObject node)
        {
            foreach (var (name, value) in node)
            {
                if (value is JsonObject inner)
                    Add(inner);
                else if (value is not null)
                    flat.Add(name, value.ToJsonString());
            }
        }
    }

    private sealed class TextConverter<T>(Func<string, T> parse, Func<T, string> print) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            try
            {
                return parse(reader.GetString() ?? "");
            }
            catch (NestorException error)
            {
                throw new JsonException(error.Message, error);
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(print(value));
    }
}
