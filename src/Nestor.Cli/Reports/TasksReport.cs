using System.Globalization;
using System.Text;
using Nestor.Cli.Commands;
using Nestor.Cli.Terminal;
using Nestor.Evaluation.Tasks;
using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Cli.Reports;

/// <summary>The tables of <c>nestor reproduce tasks</c>.</summary>
internal sealed record TasksReport
{
    public required ModelConfig Config { get; init; }

    public required IReadOnlyList<TaskRow> Rows { get; init; }

    public required int Shots { get; init; }

    /// <summary>Tokens that the model of counts was made of.</summary>
    public required int CountedTokens { get; init; }

    public required string Command { get; init; }

    public required string? Remark { get; init; }

    /// <summary>Writes <c>tasks.md</c>.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, "tasks.md"), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    private string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Downstream tasks at every granularity

            MatFormer (arXiv 2310.07707) §4.1 and Table 13 at a small size, with the models of [matlm.md](matlm.md): {ParameterCount.Of(Config, Config.FullWidths).Total / 1e6:F1} M parameters that have read a few million tokens of novels.
            Models so small know little; what is worth a look is how far a figure is from the blind choice, by its error, and from the counts.

            * Scores are log-likelihoods, with the texts and figures of EleutherAI's lm-evaluation-harness: `acc` takes the most probable continuation (LAMBADA: the greedy one), `acc_norm` the most
              probable one per character. ± is the standard error over items. {Shots} solved examples before each item.
            * {NgramScorer.Order}-gram: counts of {CountedTokens:N0} tokens of the training text, as many as each model trained alone has read.
            * The context is {Config.ContextLength} tokens; longer texts lose their beginning ({Cut()}).
            * Command: `{Command}`
            {(Remark is null ? "" : $"* Remark: {Remark}\n")}
            """);
        var tasks = Rows.Select(row => row.Result.Task).Distinct().ToList();
        Table(text, "acc, %", tasks, result => TaskTable.Percent(result.Accuracy), result => result.Chance);
        var chosen = tasks.Where(task => Rows.First(row => row.Result.Task == task).Result.NormalizedAccuracy is not null).ToList();
        if (chosen.Count > 0)
            Table(text, "acc_norm, %", chosen, result => TaskTable.Percent(result.NormalizedAccuracy), result => result.Chance);
        var written = tasks.Except(chosen).ToList();
        if (written.Count > 0)
            Table(text, "Perplexity of the last word", written, result => result.Perplexity is { } perplexity ? Shown($"{perplexity.Value:N0} ± {perplexity.StandardError:N0}") : "", _ => null);
        return text.ToString();
    }

    private void Table(StringBuilder text, string title, List<string> tasks, Func<TaskResult, string> figure, Func<TaskResult, double?> chance)
    {
        TaskResult Of(string model, string task) => Rows.First(row => row.Model == model && row.Result.Task == task).Result;
        var models = Rows.Select(row => row.Model).Distinct().ToList();
        text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| model | {string.Join(" | ", tasks.Select(task => Shown($"{task} ({Of(models[0], task).Items:N0})")))} |\n|---|{string.Concat(tasks.Select(_ => "---:|"))}\n");
        foreach (var model in models)
            text.Append(CultureInfo.InvariantCulture, $"| {model} | {string.Join(" | ", tasks.Select(task => figure(Of(model, task))))} |\n");
        if (tasks.Any(task => chance(Of(models[0], task)) is not null))
            text.Append(CultureInfo.InvariantCulture, $"| a blind choice | {string.Join(" | ", tasks.Select(task => chance(Of(models[0], task)) is { } share ? Shown($"{100 * share:F2}") : ""))} |\n");
    }

    private string Cut() => string.Join(", ", Rows.Where(row => row.Model == Rows[0].Model).Select(row => Shown($"{row.Result.Task} {100.0 * row.Result.CutItems / row.Result.Items:F0} % of items")));

    private static string Shown(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
