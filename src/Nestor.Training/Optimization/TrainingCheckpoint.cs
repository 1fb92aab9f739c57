using System.Globalization;
using System.Text.Json;
using Nestor.Formats;
using Nestor.Text;

namespace Nestor.Training.Optimization;

/// <summary>A training run on disk at a step: a model folder with the optimizer's moments and <c>training.json</c> beside the weights.</summary>
/// <remarks>
/// Windows, granularities and learning rate are functions of the seed and the step, so the step's number is the whole state of data,
/// schedule and random numbers. A checkpoint is written under a hidden name and renamed when it is complete; only then is the one before
/// it deleted.
/// </remarks>
public sealed class TrainingCheckpoint
{
    private const string Prefix = "checkpoint-", Moments = "optimizer.safetensors", Facts = "training.json", TokenizerFile = "tokenizer.json";

    private readonly TrainingFacts facts;

    private TrainingCheckpoint(string folder, TrainingFacts facts) => (Folder, this.facts) = (folder, facts);

    /// <summary>The checkpoint's folder, itself a model folder.</summary>
    public string Folder { get; }

    /// <summary>Steps done.</summary>
    public long Step => facts.Step;

    /// <summary>Writes a checkpoint into a run's folder, then deletes older ones.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="trainer">What to write.</param>
    /// <param name="tokenizer">The tokenizer of a language model, put beside its weights.</param>
    /// <exception cref="NestorException">It cannot be written; the one before stays.</exception>
    public static void Write(string runFolder, Trainer trainer, Tokenizer? tokenizer = null)
    {
        var state = trainer.Optimizer.State();
        var name = Prefix + state.Steps.ToString("D8", CultureInfo.InvariantCulture);
        var (final, temporary) = (Path.Combine(runFolder, name), Path.Combine(runFolder, $".{name}.tmp"));
        try
        {
            Remove(temporary);
            trainer.Model.Save(temporary);
            tokenizer?.Save(Path.Combine(temporary, TokenizerFile));
            SafetensorsWriter.Write(Path.Combine(temporary, Moments), [.. state.Moments.SelectMany(moment => new[]
            {
                TensorMemory.Source(FirstMoment(moment.Name), moment.First),
                TensorMemory.Source(SecondMoment(moment.Name), moment.Second),
            })]);
            AtomicFile.Write(Path.Combine(temporary, Facts), stream => JsonSerializer.Serialize(stream, TrainingFacts.Of(trainer), TrainingFacts.Json));
            Remove(final);
            Directory.Move(temporary, final);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NestorException($"The checkpoint '{final}' cannot be written: {error.Message} The one before stays.", error);
        }
        catch (NestorException)
        {
            Remove(temporary);
            throw;
        }

        foreach (var older in Folders(runFolder).Where(folder => folder != final))
            Remove(older);
    }

    /// <summary>The newest checkpoint of a run's folder, or null where there is none.</summary>
    /// <exception cref="NestorException">It is damaged.</exception>
    public static TrainingCheckpoint? Newest(string runFolder)
    {
        if (!Directory.Exists(runFolder) || Folders(runFolder).Max(StringComparer.Ordinal) is not { } folder)
            return null;
        var path = Path.Combine(folder, Facts);
        try
        {
            using var stream = File.OpenRead(path);
            var facts = JsonSerializer.Deserialize<TrainingFacts>(stream, TrainingFacts.Json);
            return new TrainingCheckpoint(folder, facts ?? throw new JsonException("it is empty"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new NestorException($"The training state '{path}' is damaged: {error.Message.ReplaceLineEndings(" ")} Delete its folder to start again from the beginning.", error);
        }
    }

    /// <summary>Puts weights, moments and step into a new trainer, so that it goes on where this checkpoint stopped.</summary>
    /// <exception cref="NestorException">The checkpoint is of another model, of other data or of another run; the message lists every difference. Or it is damaged.</exception>
    public void Restore(Trainer trainer)
    {
        using var weights = trainer.Model.OpenWeights(Folder);
        var differences = facts.Differences(TrainingFacts.Of(trainer)).ToList();
        if (weights is null)
            differences.Insert(0, "the model has another shape");
        if (differences.Count > 0)
            throw new NestorException($"The checkpoint '{Folder}' cannot be resumed with these settings: {string.Join("; ", differences)}. Use the settings it was trained with, or another folder.");

        using var moments = TensorStore.Open(Path.Combine(Folder, Moments));
        foreach (var (name, weight, _) in trainer.Model.Parameters)
            Fill(weight, weights!, name);
        foreach (var (name, first, second) in trainer.Optimizer.State().Moments)
        {
            Fill(first, moments, FirstMoment(name));
            Fill(second, moments, SecondMoment(name));
        }

        trainer.Optimizer.Restore(facts.Step, facts.NeuronSteps);
    }

    private static string FirstMoment(string name) => name + ".first";

    private static string SecondMoment(string name) => name + ".second";

    private static void Fill(TorchSharp.torch.Tensor target, TensorStore store, string name)
    {
        using var quiet = TorchSharp.torch.no_grad();
        using var scope = TorchSharp.torch.NewDisposeScope();
        var values = TorchSharp.torch.empty(target.shape, TorchSharp.torch.ScalarType.Float32);
        store.Get(name, target.shape).CopyTo(TensorMemory.Floats(values));
        target.copy_(values);
    }

    private static IEnumerable<string> Folders(string runFolder) => Directory.EnumerateDirectories(runFolder, Prefix + "*");

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
