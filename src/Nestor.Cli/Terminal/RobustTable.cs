using System.Globalization;
using Nestor.Cli.Reports;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Robust accuracies as tables.</summary>
internal static class RobustTable
{
    public static void Write(IAnsiConsole console, RobustReport report)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("model");
        foreach (var heading in new[] { "clean", "robust", "standard error" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var row in report.Rows)
            table.AddRow(Markup.Escape(row.Name), Percent(row.Clean), Percent(row.Robust), Percent(row.StandardError));
        console.Write(table);

        var last = report.Rows[^1];
        var attacks = new Table().Border(TableBorder.Simple).Title(Markup.Escape($"attacks on {last.Name}, one after the other"));
        attacks.AddColumn("attack");
        foreach (var heading in new[] { "attacked", "fell", "gradients", "queries", "seconds" })
            attacks.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var attack in last.Attacks)
        {
            attacks.AddRow(
                Markup.Escape(attack.Attack), Number(attack.Attacked), Number(attack.Broken), Number(attack.Cost.Gradients), Number(attack.Cost.Queries), attack.Seconds.ToString("F1", CultureInfo.InvariantCulture));
        }

        console.Write(attacks);
        if (report.Committee is { } committee)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"no answer to {Percent(committee.Abstention)} of the unperturbed images; a majority of the members withstands everything alone at {Percent(committee.Counted)}"));
        foreach (var warning in report.Warnings)
            console.MarkupLineInterpolated($"[yellow]{warning.Code}[/] {warning.Message}");
    }

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + "%";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
