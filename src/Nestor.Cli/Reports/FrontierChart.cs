using Nestor.MixNMatch;
using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>Loss against cost: what the increments predict, what was measured, and the plan that was chosen.</summary>
internal static class FrontierChart
{
    /// <summary>Draws a selection.</summary>
    /// <param name="selection">The selection.</param>
    /// <param name="unit">The unit of its costs.</param>
    public static Plot Draw(PlanSelection selection, BudgetUnit unit)
    {
        var (scale, label) = unit switch
        {
            BudgetUnit.Bytes => (1e6, "weights, MB"),
            BudgetUnit.Milliseconds => (1.0, "predicted time of a decoded token, milliseconds"),
            _ => (1e6, "parameters, millions"),
        };
        var plot = new Plot();
        plot.Title("Loss against cost");
        plot.XLabel(label);
        plot.YLabel("loss, nats per token");
        var predicted = selection.Frontier.Where(point => point.Predicted is not null).ToList();
        if (predicted.Count > 0)
            Add(plot, "frontier as predicted from single layers", [.. predicted.Select(point => (point.Cost / scale, point.Predicted!.Value))], "#8d6a9f", MarkerShape.None, line: 2);
        Add(plot, "measured plans", [.. selection.Measured.Select(point => (point.Cost / scale, point.Loss))], "#1f6f8b", MarkerShape.OpenCircle, line: 0);
        var frontier = Frontier.Of(selection.Measured);
        Add(plot, "best measured", [.. frontier.Select(point => (point.Cost / scale, point.Loss))], "#1f6f8b", MarkerShape.FilledCircle, line: 2);
        Add(plot, "chosen", [(selection.Cost / scale, selection.Loss)], "#d1495b", MarkerShape.FilledDiamond, line: 0, size: 15);
        var budget = plot.Add.VerticalLine(selection.Limit.Most / scale, 1.5f, Color.FromHex("#888888"), LinePattern.Dashed);
        budget.LegendText = "budget";
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }

    private static void Add(Plot plot, string name, IReadOnlyList<(double Cost, double Loss)> points, string color, MarkerShape marker, int line, int size = 8)
    {
        var scatter = plot.Add.Scatter(points.Select(point => point.Cost).ToArray(), points.Select(point => point.Loss).ToArray(), Color.FromHex(color));
        scatter.LegendText = name;
        scatter.MarkerShape = marker;
        scatter.MarkerSize = size;
        scatter.LineWidth = line;
    }
}
