using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>Agreement with XL and divergence from it against size: the picture of MatFormer (arXiv 2310.07707), Figure 3 and Appendix E.</summary>
internal static class ConsistencyChart
{
    private static readonly (ConsistencyGroup Group, string Name, string Color, MarkerShape Shape, bool Joined)[] Series =
    [
        (ConsistencyGroup.Granularity, "MatLM granularities", "#d1495b", MarkerShape.FilledDiamond, true),
        (ConsistencyGroup.Mixed, "Mix'n'Match, never trained", "#66a182", MarkerShape.FilledSquare, false),
        (ConsistencyGroup.Alone, "trained alone, to the XL trained alone", "#1f6f8b", MarkerShape.FilledCircle, true),
        (ConsistencyGroup.AloneWithNested, "trained alone, to MatLM's XL", "#8d6a9f", MarkerShape.FilledTriangleUp, true),
    ];

    /// <summary>Draws both measures beside each other, as PNG.</summary>
    public static byte[] Draw(IReadOnlyList<ConsistencyRow> rows)
    {
        var both = new Multiplot { Layout = new ScottPlot.MultiplotLayouts.Columns() };
        both.AddPlots(2);
        Draw(both.GetPlot(0), rows, "Same most probable token as XL", "share of prefixes, %", row => 100 * row.Held.Agreement.Value, Alignment.UpperLeft);
        Draw(both.GetPlot(1), rows, "KL(XL ‖ model)", "nats per token", row => row.Held.Divergence.Value, Alignment.UpperRight);
        return both.Render(1400, 600).GetImageBytes(ImageFormat.Png);
    }

    private static void Draw(Plot plot, IReadOnlyList<ConsistencyRow> rows, string title, string unit, Func<ConsistencyRow, double> value, Alignment legend)
    {
        plot.Title(title);
        plot.XLabel("parameters without embeddings, millions");
        plot.YLabel(unit);
        foreach (var (group, name, color, shape, joined) in Series)
        {
            var points = rows.Where(row => row.Group == group).OrderBy(row => row.Model.Parameters).ToList();
            var scatter = plot.Add.Scatter(points.ConvertAll(row => row.Model.Parameters / 1e6), points.ConvertAll(row => value(row)), Color.FromHex(color));
            scatter.LegendText = name;
            scatter.MarkerShape = shape;
            scatter.MarkerSize = 9;
            scatter.LineWidth = joined ? 2 : 0;
        }

        plot.ShowLegend(legend);
    }
}
