using System.Globalization;
using Nestor.Evaluation.Tasks;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>A model's results at a task.</summary>
/// <param name="Model">What a table calls the model.</param>
/// <param name="Result">The results.</param>
internal sealed record TaskRow(string Model, TaskResult Result);

/// <summary>Measures models at tasks, one after the other; tells what is left out and what is done.</summary>
/// <param name="files">The tasks.</param>
/// <param name="options">How they are measured.</param>
/// <param name="log">Where scores are kept; null to keep none.</param>
internal sealed class TaskRun(IReadOnlyList<TaskFile> files, TaskOptions options, ScoreLog? log)
{
    private const int NamedLines = 5;

    private readonly List<TaskRow> rows = [];

    /// <summary>All results, in the order of models and tasks.</summary>
    public IReadOnlyList<TaskRow> Rows => rows;

    /// <summary>Says which lines of the tasks' files hold no item.</summary>
    public void WarnOfBadLines()
    {
        foreach (var file in files.Where(file => file.BadLines.Count > 0))
        {
            var named = string.Join("; ", file.BadLines.Take(NamedLines).Select(line => $"line {line.Number}: {line.Reason}"));
            var more = file.BadLines.Count > NamedLines ? "; …" : "";
            Console.Error.WriteLine($"nestor: {Lines(file.BadLines.Count)} of '{file.Path}' hold no item of {file.Task.Name} and are left out: {Quoted.OneLine(named, 600)}{more}");
        }
    }

    /// <summary>Measures a model at a plan.</summary>
    public void Measure(string name, Checkpoint checkpoint, Decoder decoder, WidthPlan plan, CancellationToken cancellation) =>
        Measure(name, new DecoderScorer(decoder, plan), checkpoint, checkpoint.Fingerprint, decoder.Weights.ToString().ToLowerInvariant(), plan.ToString(), cancellation);

    /// <summary>Measures a model that counted a text.</summary>
    /// <param name="name">What the table calls it.</param>
    /// <param name="text">The text, by the tokenizer of <paramref name="checkpoint"/>.</param>
    /// <param name="checkpoint">The model it is to be compared with.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void MeasureCounts(string name, ReadOnlySpan<int> text, Checkpoint checkpoint, CancellationToken cancellation)
    {
        var scorer = new NgramScorer(text, checkpoint.Config.VocabularySize);
        Measure(name, scorer, checkpoint, scorer.Fingerprint, "counts", string.Create(CultureInfo.InvariantCulture, $"{NgramScorer.Order}-gram"), cancellation);
    }

    private void Measure(string name, IContinuationScorer scorer, Checkpoint checkpoint, string fingerprint, string weights, string plan, CancellationToken cancellation)
    {
        foreach (var file in files)
        {
            var evaluation = new TaskEvaluation(file, checkpoint.Tokenizer, checkpoint.Config.BeginToken, options);
            var key = new ScoreKey(fingerprint, weights, plan, file.Task.Name, file.ContentHash, options.Shots, options.Shots == 0 ? 0 : options.Seed);
            var result = evaluation.Run(scorer, log?.Of(key), cancellation);
            rows.Add(new TaskRow(name, result));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {file.Task.Name} {100 * result.Accuracy.Value:F2} % of {result.Items:N0} items{Cut(result, scorer)}"));
        }
    }

    private static string Cut(TaskResult result, IContinuationScorer scorer) => result.CutItems == 0
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"; {result.CutItems:N0} have more than the model's context of {scorer.ContextLength} tokens and lost their beginning");

    private static string Lines(int count) => count == 1 ? "1 line" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} lines");
}
