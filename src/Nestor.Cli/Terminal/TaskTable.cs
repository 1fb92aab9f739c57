using System.Globalization;
using Nestor.Cli.Commands;
using Nestor.Evaluation;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Results of tasks as a table: means and, after ±, their standard errors.</summary>
internal static class TaskTable
{
    public static Table Of(IEnumerable<TaskRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("plan");
        table.AddColumn("task");
        foreach (var heading in new[] { "shots", "items", "acc %", "acc_norm %", "chance %", "perplexity" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var (model, result) in rows)
        {
            table.AddRow(
                Markup.Escape(model),
                result.Task,
                result.Shots.ToString(CultureInfo.InvariantCulture),
                result.Items.ToString("N0", CultureInfo.InvariantCulture),
                Percent(result.Accuracy),
                Percent(result.NormalizedAccuracy),
                result.Chance is { } chance ? Shown($"{100 * chance:F2}") : "",
                result.Perplexity is { } perplexity ? Shown($"{perplexity.Value:N2}") + (perplexity.StandardError is { } error ? Shown($" ± {error:N2}") : "") : "");
        }

        return table;
    }

    /// <summary>Such as <c>53.21 ± 1.16</c>.</summary>
    public static string Percent(SampleMean? share) => share is { } mean
        ? Shown($"{100 * mean.Value:F2}") + (mean.StandardError is { } error ? Shown($" ± {100 * error:F2}") : "")
        : "";

    private static string Shown(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
