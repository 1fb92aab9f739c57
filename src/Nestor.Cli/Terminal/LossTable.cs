using System.Globalization;
using Nestor.Models;
using Nestor.Training.Evaluation;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Losses of plans as a table.</summary>
internal static class LossTable
{
    public static Table Of(IEnumerable<MeasuredLoss> losses, ModelConfig config)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("plan");
        foreach (var heading in new[] { "parameters", "without embeddings", "nats/token", "bits/byte" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var loss in losses)
        {
            var count = ParameterCount.Of(config, loss.Plan);
            table.AddRow(
                Markup.Escape(WidthPlanText.Print(loss.Plan, config.Granularities)),
                count.Total.ToString("N0", CultureInfo.InvariantCulture),
                count.NonEmbedding.ToString("N0", CultureInfo.InvariantCulture),
                loss.NatsPerToken.ToString("F4", CultureInfo.InvariantCulture),
                loss.BitsPerByte.ToString("F4", CultureInfo.InvariantCulture));
        }

        return table;
    }
}
