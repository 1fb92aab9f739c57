using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>Accuracies of pruned models, before and after fine-tuning, as bars.</summary>
internal static class PruningImagesChart
{
    private const string Cut = "#e08e45", Tuned = "#1f6f8b";

    /// <summary>Draws a data set's models and methods, from left to right.</summary>
    public static Plot Draw(ImagePruningData data)
    {
        var plot = new Plot();
        plot.Title($"Pruned to a half and a quarter of every layer, {data.Title}");
        plot.YLabel("accuracy on the test images, %");
        var (position, ticks) = (0.0, new List<(double Position, string Label)>());
        var bars = new List<Bar>();
        foreach (var model in data.Models)
        {
            foreach (var share in model.Rows.GroupBy(row => row.Share))
            {
                foreach (var row in share)
                {
                    bars.Add(new Bar { Position = position, Value = 100 * row.Tuned.Accuracy, FillColor = Color.FromHex(Tuned), Size = 0.8, LineWidth = 0 });
                    if (!double.IsNaN(row.AfterCut))
                        bars.Add(new Bar { Position = position, Value = 100 * row.AfterCut, FillColor = Color.FromHex(Cut), Size = 0.8, LineWidth = 0 });
                    ticks.Add((position, $"{(model.Model.StartsWith('c') ? "conv" : model.Model)} {100 * share.Key:N0}%: {row.Method.Split(',')[0]}"));
                    position++;
                }

                position++;
            }
        }

        plot.Add.Bars(bars);
        plot.Axes.Bottom.SetTicks([.. ticks.Select(tick => tick.Position)], [.. ticks.Select(tick => tick.Label)]);
        plot.Axes.Bottom.TickLabelStyle.Rotation = 60;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.MiddleLeft;
        plot.Axes.Bottom.MinimumSize = 190;
        plot.Axes.SetLimits(-1, position + 1, 0, 100);
        plot.Legend.ManualItems.Add(new LegendItem { LabelText = "just after the cut", FillColor = Color.FromHex(Cut) });
        plot.Legend.ManualItems.Add(new LegendItem { LabelText = "what fine-tuning adds", FillColor = Color.FromHex(Tuned) });
        plot.ShowLegend(Edge.Right);
        return plot;
    }
}
