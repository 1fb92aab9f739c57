using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>One line of a <see cref="LineChart"/>.</summary>
/// <param name="Name">What the legend says.</param>
/// <param name="X">Places, ascending.</param>
/// <param name="Y">Values; on a logarithmic axis above zero.</param>
/// <param name="IsDashed">Whether it is a law or a limit, not a measurement.</param>
internal sealed record ChartLine(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, bool IsDashed = false);

/// <summary>A picture of lines, in numbers: what a report keeps, and draws as PNG.</summary>
/// <param name="File">Name of the picture.</param>
/// <param name="Title">Heading in the picture.</param>
/// <param name="XLabel">What lies to the right.</param>
/// <param name="YLabel">What lies upwards.</param>
/// <param name="Lines">The lines.</param>
internal sealed record LineChart(string File, string Title, string XLabel, string YLabel, IReadOnlyList<ChartLine> Lines)
{
    private static readonly string[] Colors = ["#d1495b", "#1f6f8b", "#66a182", "#e08e45", "#8d6a9f", "#5f6b73", "#b5a642", "#2f4858"];
    private static readonly MarkerShape[] Shapes = [MarkerShape.FilledDiamond, MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledTriangleDown, MarkerShape.Cross, MarkerShape.OpenCircle, MarkerShape.OpenSquare];

    // More points than this are a curve, which markers would hide.
    private const int MostMarked = 60;

    // Decades on an axis, up to which there is room for more than powers of ten.
    private const int Few = 4;

    /// <summary>Whether places are drawn by their logarithms.</summary>
    public bool LogX { get; init; }

    /// <summary>Whether values are drawn by their logarithms.</summary>
    public bool LogY { get; init; }

    /// <summary>Where the legend lies.</summary>
    public Alignment Legend { get; init; } = Alignment.UpperRight;

    /// <summary>Draws it.</summary>
    public byte[] Draw()
    {
        var plot = new Plot();
        plot.Title(Title);
        plot.XLabel(XLabel);
        plot.YLabel(YLabel);
        for (var i = 0; i < Lines.Count; i++)
        {
            var line = Lines[i];
            var scatter = plot.Add.Scatter(line.X.Select(x => LogX ? Math.Log10(x) : x).ToArray(), line.Y.Select(y => LogY ? Math.Log10(y) : y).ToArray(), Color.FromHex(Colors[i % Colors.Length]));
            scatter.LegendText = line.Name;
            scatter.LineWidth = 2;
            scatter.LinePattern = line.IsDashed ? LinePattern.Dashed : LinePattern.Solid;
            scatter.MarkerShape = Shapes[i % Shapes.Length];
            scatter.MarkerSize = line.IsDashed || line.X.Count > MostMarked ? 0 : 8;
        }

        if (LogX)
            plot.Axes.Bottom.TickGenerator = Logarithms(Lines.SelectMany(line => line.X));
        if (LogY)
            plot.Axes.Left.TickGenerator = Logarithms(Lines.SelectMany(line => line.Y));
        plot.ShowLegend(Legend);
        return plot.GetImageBytes(1000, 600, ImageFormat.Png);
    }

    /// <summary>Ticks at powers of ten, and within few of them at their double and fivefold too.</summary>
    private static ScottPlot.TickGenerators.NumericManual Logarithms(IEnumerable<double> values)
    {
        var logarithms = values.Select(Math.Log10).ToList();
        var (from, to) = ((int)Math.Floor(logarithms.Min()), (int)Math.Ceiling(logarithms.Max()));
        var ticks = new ScottPlot.TickGenerators.NumericManual();
        for (var decade = from; decade <= to; decade++)
        {
            foreach (var step in to - from <= Few ? (int[])[1, 2, 5] : [1])
                ticks.AddMajor(decade + Math.Log10(step), Label(step * Math.Pow(10, decade)));
        }

        return ticks;
    }

    private static string Label(double value) => value is >= 1e-3 and < 1e6
        ? value.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)
        : value.ToString("0e0", System.Globalization.CultureInfo.InvariantCulture);
}
