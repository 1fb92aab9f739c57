using System.Globalization;
using Nestor.Training.Pruning.TeacherStudent;
using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>The pictures of <c>nestor reproduce pruning --teacher</c>.</summary>
internal static class PruningTeacherCharts
{
    // What is exactly zero has no logarithm.
    private const double Floor = 1e-5;

    private static readonly string[] Colors = ["#5f6b73", "#8d6a9f", "#d1495b", "#e08e45", "#1f6f8b", "#66a182"];
    private static readonly string[] Shown = ["none", "weight decay .1", "coupled .01", "decoupled .5", "proximal .5", "target 8"];

    /// <summary>Sorted joint norms of the first seed's ReLU students, on a logarithmic scale.</summary>
    public static Plot Norms(IReadOnlyList<StudentRow> rows)
    {
        var series = Shown
            .Select(name => rows.First(row => row.Experiment.Kind == NeuronKind.Relu && row.Experiment.Name == name))
            .Select(row => (row.Experiment.Name, Points: row.Measures[0].JointNorms.Select((norm, i) => (X: i + 1.0, Y: norm)).ToList()));
        return Logarithmic("64 neurons that learned from 8", "neuron, largest joint norm first", "joint norm of its weights", series, [1, 8, 16, 24, 32, 40, 48, 56, 64], x => x, Floor);
    }

    /// <summary>Error of prefixes before fine-tuning, and after 200 and 1,000 nested steps for the orders that matter.</summary>
    public static Plot Nesting(IReadOnlyList<NestedErrors> nesting)
    {
        (string Preparation, string Order, int Steps)[] shown =
        [
            ("dense", "natural", 0), ("dense", "activation x output", 0), ("group lasso, proximal .2", "group norm", 0),
            ("dense", "natural", 200), ("dense", "activation x output", 200), ("group lasso, proximal .2", "group norm", 200),
        ];
        var series = shown.Select(key => (
            Name: string.Create(CultureInfo.InvariantCulture, $"{key.Preparation}, {key.Order}, {key.Steps} steps"),
            Points: NestingExperiment.Widths.Select((width, i) => (X: (double)width, Y: nesting.Where(errors => (errors.Preparation, errors.Order, errors.Steps) == key).Average(errors => errors.Errors[i]))).ToList()));
        return Logarithmic("Prefixes of a student, by order and nested steps", "neurons of the prefix", "error over variance", series, [.. NestingExperiment.Widths.Select(width => (double)width)], Math.Log2, Floor);
    }

    private static Plot Logarithmic(string title, string xLabel, string yLabel, IEnumerable<(string Name, List<(double X, double Y)> Points)> series, double[] ticks, Func<double, double> place, double floor)
    {
        var plot = new Plot();
        plot.Title(title);
        plot.XLabel(xLabel);
        plot.YLabel(yLabel);
        foreach (var (i, (name, points)) in series.Index())
        {
            var scatter = plot.Add.Scatter(points.ConvertAll(point => place(point.X)), points.ConvertAll(point => Math.Log10(Math.Max(point.Y, floor))), Color.FromHex(Colors[i % Colors.Length]));
            scatter.LegendText = name;
            scatter.MarkerSize = 5;
            scatter.LineWidth = 2;
        }

        plot.Axes.Bottom.SetTicks([.. ticks.Select(place)], [.. ticks.Select(tick => tick.ToString("N0", CultureInfo.InvariantCulture))]);
        double[] decades = [.. Enumerable.Range(-5, 7).Select(exponent => (double)exponent)];
        plot.Axes.Left.SetTicks(decades, [.. decades.Select(exponent => exponent <= Math.Log10(floor) ? "0" : Math.Pow(10, exponent).ToString("G3", CultureInfo.InvariantCulture))]);
        plot.ShowLegend(Edge.Bottom);
        return plot;
    }
}
