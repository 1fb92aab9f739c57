using Nestor.Models.Vision;
using Nestor.Training.Evaluation;
using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>Accuracy against size: the picture of MatFormer (arXiv 2310.07707), Figure 4.</summary>
internal static class MatVitChart
{
    /// <summary>Draws a data set's independent models, granularities and mixed plans over millions of parameters.</summary>
    public static Plot Draw(MatVitResults result)
    {
        var trained = result.Nested.Accuracies.Take(result.Baselines.Count).ToList();
        var mixes = result.Nested.Accuracies.Skip(result.Baselines.Count).ToList();
        SizeSeries Series(string name, IEnumerable<MeasuredAccuracy> accuracies, bool joined) => new(
            name, [.. accuracies.Select(measured => ((double)VisionParameterCount.Of(result.Config, measured.Plan).Total, 100 * measured.Accuracy))], joined);
        return SizeChart.Draw(
            $"MatViT against independent models on {result.Experiment.Title}",
            "parameters, millions",
            "accuracy on the test images, %",
            legend: null,
            [
                Series("independent baselines", result.Baselines.Select(run => run.Accuracies[0]), joined: true),
                Series("MatViT granularities", trained, joined: true),
                Series("Mix'n'Match, wider with depth", mixes.Take(mixes.Count / 2), joined: false),
                Series("Mix'n'Match, narrower with depth", mixes.Skip(mixes.Count / 2), joined: false),
            ]);
    }
}
