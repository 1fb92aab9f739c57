using System.Globalization;
using Nestor.Models;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>The loss of a plan in a model and in its packed copy.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Source">Nats per token of the model.</param>
/// <param name="Packed">Nats per token of the packed copy.</param>
internal sealed record QuantizationLoss(WidthPlan Plan, double Source, double Packed);

/// <summary>What packing costs at each width, as a table.</summary>
internal static class QuantizationTable
{
    public static Table Of(IEnumerable<QuantizationLoss> losses, ModelConfig config, WeightPacking packing)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("plan");
        foreach (var heading in new[] { "parameters", "source nats/token", $"{packing.Type} nats/token", "difference" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var loss in losses)
        {
            table.AddRow(
                Markup.Escape(WidthPlanText.Print(loss.Plan, config.Granularities)),
                ParameterCount.Of(config, loss.Plan).Total.ToString("N0", CultureInfo.InvariantCulture),
                loss.Source.ToString("F4", CultureInfo.InvariantCulture),
                loss.Packed.ToString("F4", CultureInfo.InvariantCulture),
                (loss.Packed - loss.Source).ToString("+0.0000;-0.0000", CultureInfo.InvariantCulture));
        }

        return table;
    }
}
