using System.Globalization;
using Nestor.Formats;
using Nestor.Training.Pruning;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>What a cut takes from each block, as a table.</summary>
internal static class PruningTable
{
    public static Table Of(PruningPlan plan, TensorType type)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("block");
        foreach (var heading in new[] { "kept", "of", "last kept", "first removed", "gap", "parameters", "MB" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var block in plan.Blocks)
        {
            table.AddRow(
                Markup.Escape(block.Name),
                Number(block.Kept, "N0"),
                Number(block.Total, "N0"),
                Number(block.LastKept, "G4"),
                block.Kept == block.Total ? "" : Number(block.FirstRemoved, "G4"),
                block.Kept == block.Total || block.FirstRemoved == 0 ? "" : Number(block.LastKept / block.FirstRemoved, "F2"),
                Number(block.Parameters, "N0"),
                Number(block.Parameters * type.Size / 1e6, "F2"));
        }

        return table;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
