using System.Globalization;
using Nestor.Training.Robustness;
using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>Robust accuracy against epsilon; the radii stand at equal distances.</summary>
internal static class RobustCurveChart
{
    private const int Levels = 255;

    private static readonly string[] Colors = ["#1f6f8b", "#66a182", "#e08e45", "#8d6a9f", "#5f6b73", "#b5a642"];

    /// <summary>Draws the curves; the last is the one that matters.</summary>
    public static Plot Draw(IReadOnlyList<RobustRow> rows, Norm norm)
    {
        var plot = new Plot();
        plot.XLabel(norm == Norm.Infinity ? "epsilon, largest change of a pixel" : "epsilon, Euclidean length of the change");
        plot.YLabel("robust accuracy, %");
        List<RobustRow> drawn = [.. rows.Where(row => row.Curve is not null)];
        foreach (var (place, row) in drawn.Index())
        {
            var last = place == drawn.Count - 1;
            var points = row.Curve!.Points;
            var line = plot.Add.Scatter(points.Select((_, i) => (double)i).ToArray(), points.Select(point => 100 * point.RobustAccuracy).ToArray(), Color.FromHex(last ? "#d1495b" : Colors[place % Colors.Length]));
            line.LegendText = row.Name;
            (line.LineWidth, line.MarkerSize) = (last ? 3 : 1.5f, last ? 10 : 6);
        }

        var ticks = new ScottPlot.TickGenerators.NumericManual();
        foreach (var (place, point) in drawn[0].Curve!.Points.Index())
            ticks.AddMajor(place, Label(point.Epsilon, norm));
        plot.Axes.Bottom.TickGenerator = ticks;
        plot.Axes.SetLimitsY(-3, 103);
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }

    /// <summary>A radius as people write it: 8/255, or 0.3.</summary>
    public static string Label(double epsilon, Norm norm)
    {
        var level = Levels * epsilon;
        return norm == Norm.Infinity && epsilon is > 0 and < 1 && IsWhole(2 * level) && !IsWhole(100 * epsilon)
            ? string.Create(CultureInfo.InvariantCulture, $"{level:0.#}/{Levels}")
            : epsilon.ToString("0.####", CultureInfo.InvariantCulture);

        static bool IsWhole(double value) => Math.Abs(value - Math.Round(value)) < 1e-6;
    }
}
