using System.Globalization;
using Nestor.Cli.Reports;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Robust accuracies as tables.</summary>
internal static class RobustTable
{
    public static void Write(IAnsiConsole console, RobustReport report)
    {
        List<RobustRow> rows = [.. report.Everything];
        var certified = rows.Any(row => row.Certified is not null);
        console.Write(Table(
            ["defence", "clean", "robust", "standard error", .. certified ? ["certified"] : Array.Empty<string>()],
            rows.Select(row => (string[])
            [
                row.Name, Percent(row.Clean), Percent(row.Robust), Percent(row.StandardError), .. certified ? [row.Certified is { } share ? Percent(share) : ""] : Array.Empty<string>(),
            ])));

        var last = report.Rows[^1];
        console.Write(Table(
            ["attack", "attacked", "fell", "left", "gradients", "queries", "seconds"],
            last.Attacks.Select(attack => (string[])
            [
                attack.Attack, Number(attack.Attacked), Number(attack.Fell), Percent(attack.Robust), Number(attack.Gradients), Number(attack.Queries), attack.Seconds.ToString("F1", CultureInfo.InvariantCulture),
            ])).Title(Markup.Escape($"attacks on {last.Name}, one after the other")));

        List<RobustRow> drawn = [.. report.Rows.Where(row => row.Curve is not null)];
        if (drawn.Count > 0)
        {
            console.Write(Table(
                ["epsilon", .. drawn.Select(row => row.Name)],
                drawn[0].Curve!.Points.Select((point, i) => (string[])[RobustCurveChart.Label(point.Epsilon, report.Threat.Norm), .. drawn.Select(row => Percent(row.Curve!.Points[i].RobustAccuracy))]))
                .Title($"robust accuracy of {Number(drawn[0].Curve!.Images)} images against epsilon"));
        }

        if (report.Committee is { } committee)
            Write(console, committee);
        foreach (var warning in report.Warnings)
            console.MarkupLineInterpolated($"[yellow]{warning.Code}[/] {warning.Message}");
    }

    private static void Write(IAnsiConsole console, RobustCommittee committee)
    {
        console.WriteLine($"no answer to {Percent(committee.Abstention)} of the unperturbed images, to {Percent(committee.AbstentionUnderAttack)} under attack");
        console.WriteLine($"a majority of the members withstands everything alone at {Percent(committee.Counted)}; the vote withstands what fooled its members at {Percent(committee.Transferred)}");
        if (committee.Checks is not { Repeated: var repeated } checks)
            return;
        console.WriteLine($"checks on {Number(checks.Images)} images: the vote withstands {Percent(checks.Vote)}, after an attack on the average alone {Percent(checks.Surrogate)};");
        console.WriteLine($"  {repeated.Member} alone withstands {Percent(repeated.Alone)}, voting twice with {repeated.Other} {Percent(repeated.Voting)}");
    }

    private static Table Table(string[] headings, IEnumerable<string[]> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(Markup.Escape(headings[0]));
        foreach (var heading in headings.Skip(1))
            table.AddColumn(new TableColumn(Markup.Escape(heading)).RightAligned());
        foreach (var row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        return table;
    }

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + "%";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
