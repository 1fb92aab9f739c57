using System.Globalization;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Evaluation;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Accuracies of plans as a table.</summary>
internal static class AccuracyTable
{
    public static Table Of(IEnumerable<MeasuredAccuracy> accuracies, VisionConfig config)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("plan");
        foreach (var heading in new[] { "parameters", "accuracy", "standard error", "nats/image" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var measured in accuracies)
        {
            table.AddRow(
                Markup.Escape(WidthPlanText.Print(measured.Plan, config.Granularities)),
                VisionParameterCount.Of(config, measured.Plan).Total.ToString("N0", CultureInfo.InvariantCulture),
                Percent(measured.Accuracy),
                Percent(measured.StandardError),
                measured.NatsPerImage.ToString("F4", CultureInfo.InvariantCulture));
        }

        return table;
    }

    private static string Percent(double share) => (100 * share).ToString("F2", CultureInfo.InvariantCulture) + "%";
}
