using System.Globalization;
using Nestor.Cli.Reports;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>The way from the smallest slice to the whole model as a table; the chosen plan has an arrow.</summary>
internal static class FrontierTable
{
    public static Table Of(FoundPlan found)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("");
        table.AddColumn("plan");
        string[] times = found.Table is null ? [] : ["ms/token"];
        foreach (var heading in (string[])["parameters", "MB", .. times, "predicted", "measured"])
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var point in found.Overview)
        {
            var cost = found.CostOf(point.Plan);
            string[] time = cost.Milliseconds is { } milliseconds ? [Number(milliseconds, "F4")] : [];
            table.AddRow(
            [
                point.Plan.Equals(found.Selection.Plan) ? ">" : "",
                Markup.Escape(found.Print(point.Plan)),
                cost.Parameters.Total.ToString("N0", CultureInfo.InvariantCulture),
                Number(cost.Bytes / 1e6, "F2"),
                .. time,
                point.Predicted is { } predicted ? Number(predicted, "F4") : "",
                point.Measured is { } measured ? Number(measured, "F4") : "",
            ]);
        }

        return table;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
