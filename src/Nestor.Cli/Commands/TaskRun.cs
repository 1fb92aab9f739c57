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
/// <param name="tasks">The tasks.</param>
/// <param name="log">Where scores are kept; null to keep none.</param>
internal sealed class TaskRun(IReadOnlyList<TaskEvaluation> tasks, ScoreLog? log)
{
    private const int NamedLines = 5;

    private readonly List<TaskRow> rows = [];

    /// <summary>All results, in the order of models and tasks.</summary>
    public IReadOnlyList<TaskRow> Rows => rows;

    /// <summary>Says which lines of the tasks' files hold no item.</summary>
    public void WarnOfBadLines()
    {
        foreach (var file in tasks.Select(task => task.File).Where(file => file.BadLines.Count > 0))
        {
            var named = string.Join("; ", file.BadLines.Take(NamedLines).Select(line => $"line {line.Number}: {line.Reason}"));
            var more = file.BadLines.Count > NamedLines ? "; …" : "";
            Console.Error.WriteLine($"nestor: {Lines(file.BadLines.Count)} of '{file.Path}' hold no item of {file.Task.Name} and are left out: {Quoted.OneLine(named, 600)}{more}");
        }
    }

    /// <summary>Measures a model at a plan.</summary>
    public void Measure(string name, Checkpoint checkpoint, Decoder decoder, WidthPlan plan, CancellationToken cancellation) =>
        Measure(name, new DecoderScorer(decoder, plan), checkpoint.Fingerprint, decoder.Weights.ToString().ToLowerInvariant(), plan.ToString(), cancellation);

    /// <summary>Measures a model that counted a text.</summary>
    /// <param name="name">What the table calls it.</param>
    /// <param name="text">The text, in tokens of the tasks' tokenizer.</param>
    /// <param name="vocabulary">Number of that tokenizer's tokens.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void MeasureCounts(string name, ReadOnlySpan<int> text, int vocabulary, CancellationToken cancellation)
    {
        var scorer = new NgramScorer(text, vocabulary);
        Measure(name, scorer, scorer.Fingerprint, "counts", string.Create(CultureInfo.InvariantCulture, $"{NgramScorer.Order}-gram"), cancellation);
    }

    private void Measure(string name, IContinuationScorer scorer, string fingerprint, string weights, string plan, CancellationToken cancellation)
    {
        foreach (var task in tasks)
        {
            var result = task.Run(scorer, log?.Of(task.Key(fingerprint, weights, plan)), cancellation);
            rows.Add(new TaskRow(name, result));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {result.Task} {100 * result.Accuracy.Value:F2} % of {result.Items:N0} items{Cut(result, scorer)}"));
        }
    }

    private static string Cut(TaskResult result, IContinuationScorer scorer) => result.CutItems == 0
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"; {result.CutItems:N0} have more than the model's context of {scorer.ContextLength} tokens and lost their beginning");

    private static string Lines(int count) => count == 1 ? "1 line" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} lines");
}
