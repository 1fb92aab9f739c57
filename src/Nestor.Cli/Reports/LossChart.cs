using Nestor.Models;
using Nestor.Training.Evaluation;
using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>One line or cloud of a loss-versus-size picture.</summary>
/// <param name="Name">What the legend says.</param>
/// <param name="Losses">The points.</param>
/// <param name="Joined">Whether a line joins the points.</param>
internal sealed record LossSeries(string Name, IReadOnlyList<MeasuredLoss> Losses, bool Joined);

/// <summary>Loss against size: the picture of MatFormer (arXiv 2310.07707), Figure 2.</summary>
internal static class LossChart
{
    private static readonly string[] Colors = ["#1f6f8b", "#d1495b", "#66a182", "#8d6a9f", "#e08e45", "#5f6b73"];
    private static readonly MarkerShape[] Shapes = [MarkerShape.FilledCircle, MarkerShape.FilledDiamond, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledTriangleDown, MarkerShape.Cross];

    /// <summary>Draws the series over millions of parameters without embeddings.</summary>
    public static Plot Draw(string title, ModelConfig config, IReadOnlyList<LossSeries> series)
    {
        var plot = new Plot();
        plot.Title(title);
        plot.XLabel("parameters without embeddings, millions");
        plot.YLabel("loss on held-out text, nats per token");
        for (var i = 0; i < series.Count; i++)
        {
            var points = series[i].Losses.OrderBy(loss => ParameterCount.Of(config, loss.Plan).NonEmbedding).ToList();
            var scatter = plot.Add.Scatter(
                points.ConvertAll(loss => ParameterCount.Of(config, loss.Plan).NonEmbedding / 1e6),
                points.ConvertAll(loss => loss.NatsPerToken),
                Color.FromHex(Colors[i % Colors.Length]));
            scatter.LegendText = series[i].Name;
            scatter.MarkerShape = Shapes[i % Shapes.Length];
            scatter.MarkerSize = 9;
            scatter.LineWidth = series[i].Joined ? 2 : 0;
        }

        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }
}
