using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Nestor.Formats;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Resuming;

/// <summary>An evaluation in a folder: what it is about, and a file for every batch that an attack is done with.</summary>
/// <remarks>
/// What an attack does to a batch is a function of the settings and of what the batches before did, its random numbers included. So an evaluation goes on
/// by reading what is there and attacking the rest, and ends as if it had never stopped.
/// </remarks>
internal sealed class KeptEvaluation
{
    private const string FactsFile = "evaluation.json", MovedName = "moved";

    private readonly string folder;

    private KeptEvaluation(string folder, EvaluationFacts facts) => (this.folder, IsCorrect) = (folder, [.. facts.Correct.Select(flag => flag == '1')]);

    /// <summary>Whether each unperturbed image was answered rightly when the evaluation began.</summary>
    public ImmutableArray<bool> IsCorrect { get; }

    /// <summary>Opens a folder, or begins it.</summary>
    /// <exception cref="NestorException">It keeps another evaluation, it is damaged, or it cannot be written.</exception>
    public static KeptEvaluation Open(string folder, EvaluationFacts facts)
    {
        var path = Path.Combine(folder, FactsFile);
        if (File.Exists(path))
        {
            var kept = Read(path);
            List<string> differences = [.. kept.Differences(facts)];
            return differences.Count == 0
                ? new KeptEvaluation(folder, kept)
                : throw new NestorException($"The folder '{folder}' keeps another evaluation: {string.Join("; ", differences)}. Repeat what it was begun with, or give another folder.");
        }

        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NestorException($"The folder '{folder}' cannot be created: {error.Message} Choose a place where you may write.", error);
        }

        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, facts, EvaluationFacts.Json));
        return new KeptEvaluation(folder, facts);
    }

    /// <summary>What an attack did to a batch, if it is known.</summary>
    /// <param name="place">The attack's place among all.</param>
    /// <param name="number">The batch's number among those of the attack.</param>
    /// <param name="attacked">How many images it has.</param>
    /// <param name="images">(n, channels, height, width), all of the evaluation: for their shape and device.</param>
    /// <exception cref="NestorException">Its file is damaged.</exception>
    public AttackedBatch? Find(int place, int number, int attacked, Tensor images)
    {
        var path = FileOf(place, number);
        if (!File.Exists(path))
            return null;
        using var store = TensorStore.Open(path);
        try
        {
            var facts = JsonSerializer.Deserialize<BatchFacts>(store.Metadata[BatchFacts.Key], EvaluationFacts.Json)!;
            if (facts.Attacked != attacked)
                throw new NestorException($"'{path}' is about {facts.Attacked} images, {attacked} are attacked here; delete the folder '{folder}' to start again from the beginning.");
            var moved = empty([facts.Fallen.Length, .. images.shape.Skip(1)]);
            store.Get(MovedName, moved.shape).CopyTo(TensorMemory.Floats(moved));
            return new AttackedBatch(attacked, facts.Fallen, moved.to(images.device), new AttackCost(facts.Gradients, facts.Queries), facts.FlatGradients, facts.Seconds);
        }
        catch (Exception error) when (error is KeyNotFoundException or JsonException)
        {
            throw new NestorException($"'{path}' does not say what an attack did: {error.Message} Delete it to attack these images again.", error);
        }
    }

    /// <summary>Keeps what an attack did to a batch.</summary>
    /// <exception cref="NestorException">It cannot be written.</exception>
    public void Keep(int place, int number, AttackedBatch batch)
    {
        var facts = new BatchFacts(batch.Attacked, batch.Fallen, batch.Cost.Gradients, batch.Cost.Queries, batch.FlatGradients, batch.Seconds);
        SafetensorsWriter.Write(
            FileOf(place, number), [TensorMemory.Source(MovedName, batch.Moved)], new Dictionary<string, string> { [BatchFacts.Key] = JsonSerializer.Serialize(facts, BatchFacts.Json) });
    }

    private string FileOf(int place, int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"attack-{place + 1:D2}-{number + 1:D4}.safetensors"));

    private static EvaluationFacts Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<EvaluationFacts>(File.ReadAllBytes(path), EvaluationFacts.Json) ?? throw new JsonException("it is empty");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new NestorException($"'{path}' cannot be read: {error.Message.ReplaceLineEndings(" ")} Delete its folder to start again from the beginning.", error);
        }
    }

    /// <summary>What the text of a batch's file says.</summary>
    private sealed record BatchFacts(int Attacked, ImmutableArray<int> Fallen, long Gradients, long Queries, long FlatGradients, double Seconds)
    {
        public const string Key = "attacked";

        public static JsonSerializerOptions Json { get; } = new(EvaluationFacts.Json) { WriteIndented = false };
    }
}
