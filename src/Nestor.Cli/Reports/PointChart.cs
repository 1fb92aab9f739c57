using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>Points of one kind.</summary>
internal sealed record ChartPoints(string Name, string Color, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A picture of points.</summary>
internal sealed record PointChart(string File, string Title, string XLabel, string YLabel, IReadOnlyList<ChartPoints> Kinds)
{
    private static readonly MarkerShape[] Shapes = [MarkerShape.FilledCircle, MarkerShape.FilledDiamond, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledTriangleDown, MarkerShape.Cross];

    /// <summary>Whether there is a line at zero.</summary>
    public bool Zero { get; init; }

    /// <summary>Draws it.</summary>
    public byte[] Draw()
    {
        var plot = new Plot();
        plot.Title(Title);
        plot.XLabel(XLabel);
        plot.YLabel(YLabel);
        if (Zero)
            plot.Add.HorizontalLine(0, color: ScottPlot.Color.FromHex("#5f6b73"), width: 1);
        foreach (var (place, kind) in Kinds.Index())
        {
            var points = plot.Add.ScatterPoints(kind.Points.Select(point => point.X).ToArray(), kind.Points.Select(point => point.Y).ToArray(), ScottPlot.Color.FromHex(kind.Color));
            points.LegendText = kind.Name;
            points.MarkerShape = Shapes[place % Shapes.Length];
            points.MarkerSize = 8;
        }

        plot.ShowLegend(Edge.Bottom);
        return plot.GetImageBytes(1000, 600, ImageFormat.Png);
    }
}
