using System.Globalization;
using Nestor.MixNMatch;
using Nestor.Models;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Times of layers, and how well they predict mixed plans, as tables.</summary>
internal static class LayerTimesTable
{
    public static void Write(CostTable table, ModelConfig config)
    {
        var console = AnsiConsole.Console;
        console.WriteLine($"{table.Type}, {(table.Threads == 1 ? "1 thread" : $"{table.Threads} threads")}, time is {table.Clock}; {table.Tokens} tokens from an empty context, medians of {table.Rounds} rounds");
        console.WriteLine($"attention, embedding and head: {Time(table.FixedMilliseconds)} ms per token");

        var layers = new Table().Border(TableBorder.Simple);
        layers.AddColumn("layers");
        foreach (var heading in new[] { "neurons", "ms/token, each" })
            layers.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var group in Enumerable.Range(0, table.Layers.Count).GroupBy(layer => config.FullWidths[layer]))
        {
            foreach (var (width, time) in table.Layers[group.First()].Widths.Zip(table.Layers[group.First()].Milliseconds))
                layers.AddRow(Markup.Escape(Names([.. group])), width.ToString(CultureInfo.InvariantCulture), Time(time));
        }

        console.Write(layers);
        console.WriteLine("Layers of equal shape are measured together.");

        var checks = new Table().Border(TableBorder.Simple);
        checks.AddColumn("plan not measured for the table");
        foreach (var heading in new[] { "predicted ms", "measured ms", "error" })
            checks.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var check in table.Checks)
            checks.AddRow(Markup.Escape(WidthPlanText.Print(check.Plan, config.Granularities)), Time(check.Predicted), Time(check.Measured), Percent(check.Error));
        console.Write(checks);
        console.WriteLine($"largest error: {Percent(table.LargestError)}");
    }

    private static string Names(IReadOnlyList<int> layers) =>
        layers[^1] - layers[0] == layers.Count - 1 && layers.Count > 1 ? $"{layers[0]}-{layers[^1]}" : string.Join(", ", layers);

    private static string Time(double milliseconds) => milliseconds.ToString("F5", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + " %";
}
