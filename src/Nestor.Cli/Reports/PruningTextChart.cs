using System.Globalization;
using Nestor.Models;
using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>The pictures of the text part of <c>nestor reproduce pruning</c>.</summary>
internal static class PruningTextChart
{
    private static readonly string[] Colors = ["#1f6f8b", "#d1495b", "#66a182", "#e08e45", "#8d6a9f", "#5f6b73"];
    private static readonly (MarkerShape Marker, LinePattern Line)[] Styles =
        [(MarkerShape.FilledDiamond, LinePattern.Dashed), (MarkerShape.FilledCircle, LinePattern.Solid)];

    /// <summary>Draws the loss after fine-tuning as a bar for each way and share.</summary>
    public static Plot Pruned(IReadOnlyList<PrunedLoss> rows)
    {
        var plot = new Plot();
        var methods = rows.Select(row => row.Method).Distinct().ToList();
        var shares = rows.Select(row => row.Share).Distinct().ToList();
        for (var i = 0; i < shares.Count; i++)
        {
            var bars = plot.Add.Bars(rows.Where(row => row.Share == shares[i]).Select(row => new Bar
            {
                Position = Place(methods.IndexOf(row.Method), i),
                Value = row.Tuned,
                Orientation = Orientation.Horizontal,
                FillColor = Color.FromHex(Colors[i]),
                Size = 0.8 / shares.Count,
                Label = row.Tuned.ToString("F3", CultureInfo.InvariantCulture),
            }).ToList());
            bars.LegendText = string.Create(CultureInfo.InvariantCulture, $"{100 * shares[i]}% of the neurons");
        }

        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. methods.Select((_, i) => -(double)i)], [.. methods]);
        var (least, most) = (rows.Min(row => row.Tuned), rows.Max(row => row.Tuned));
        plot.Axes.SetLimitsX(least - (most - least) * 0.6, most + (most - least) * 0.2);
        plot.Title("Pruned language models after fine-tuning");
        plot.XLabel("loss on held-out text, nats per token (the axis does not begin at 0)");
        plot.ShowLegend(Edge.Bottom);
        return plot;

        double Place(int method, int share) => -method - 0.8 / shares.Count * (share - (shares.Count - 1) / 2.0);
    }

    /// <summary>Draws the loss of every nested model that was trained over its granularities: a colour for each preparation, a line style for each number of steps.</summary>
    public static Plot Nested(ModelConfig config, IReadOnlyList<NestedLosses> rows)
    {
        var plot = new Plot();
        foreach (var (preparation, color) in rows.Where(row => row.Steps > 0).GroupBy(row => row.Preparation).Zip(Colors))
        {
            foreach (var (row, style) in preparation.Zip(preparation.Key == "nested from scratch" ? Styles[^1..] : Styles))
            {
                var line = plot.Add.Scatter(
                    row.Losses.Select(loss => ParameterCount.Of(config, WidthPlan.Uniform(loss.Granularity.Width, config.Layers)).NonEmbedding / 1e6).ToArray(),
                    row.Losses.Select(loss => loss.Loss).ToArray(),
                    Color.FromHex(color));
                line.LegendText = string.Create(CultureInfo.InvariantCulture, $"{row.Preparation}, {row.Steps:N0} steps");
                (line.MarkerShape, line.LinePattern, line.MarkerSize, line.LineWidth) = (style.Marker, style.Line, 8, 2);
            }
        }

        plot.Title("A dense language model made sliceable");
        plot.XLabel("parameters without embeddings, millions");
        plot.YLabel("loss on held-out text, nats per token");
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }
}
