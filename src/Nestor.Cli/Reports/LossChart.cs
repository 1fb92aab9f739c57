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
    /// <summary>Draws the series over millions of parameters without embeddings.</summary>
    public static Plot Draw(string title, ModelConfig config, IReadOnlyList<LossSeries> series) => SizeChart.Draw(
        title,
        "parameters without embeddings, millions",
        "loss on held-out text, nats per token",
        Alignment.UpperRight,
        [.. series.Select(one => new SizeSeries(
            one.Name,
            [.. one.Losses.Select(loss => ((double)ParameterCount.Of(config, loss.Plan).NonEmbedding, loss.NatsPerToken))],
            one.Joined))]);
}
