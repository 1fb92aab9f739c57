using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>One line or cloud of a picture of something against size.</summary>
/// <param name="Name">What the legend says.</param>
/// <param name="Points">Parameters, and the value at them.</param>
/// <param name="Joined">Whether a line joins the points.</param>
internal sealed record SizeSeries(string Name, IReadOnlyList<(double Parameters, double Value)> Points, bool Joined);

/// <summary>A value against millions of parameters, for several models.</summary>
internal static class SizeChart
{
    private static readonly string[] Colors = ["#1f6f8b", "#d1495b", "#66a182", "#8d6a9f", "#e08e45", "#5f6b73"];
    private static readonly MarkerShape[] Shapes = [MarkerShape.FilledCircle, MarkerShape.FilledDiamond, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledTriangleDown, MarkerShape.Cross];

    /// <summary>Draws the series; the legend lies in a corner, or below the picture where none is given.</summary>
    public static Plot Draw(string title, string sizeLabel, string valueLabel, Alignment? legend, IReadOnlyList<SizeSeries> series)
    {
        var plot = new Plot();
        plot.Title(title);
        plot.XLabel(sizeLabel);
        plot.YLabel(valueLabel);
        for (var i = 0; i < series.Count; i++)
        {
            var points = series[i].Points.OrderBy(point => point.Parameters).ToList();
            var scatter = plot.Add.Scatter(
                points.ConvertAll(point => point.Parameters / 1e6),
                points.ConvertAll(point => point.Value),
                Color.FromHex(Colors[i % Colors.Length]));
            scatter.LegendText = series[i].Name;
            scatter.MarkerShape = Shapes[i % Shapes.Length];
            scatter.MarkerSize = 9;
            scatter.LineWidth = series[i].Joined ? 2 : 0;
        }

        if (legend is { } place)
            plot.ShowLegend(place);
        else
            plot.ShowLegend(Edge.Bottom);
        return plot;
    }
}
