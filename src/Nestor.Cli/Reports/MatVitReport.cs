using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Data.Images;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;

namespace Nestor.Cli.Reports;

/// <summary>One data set of <c>nestor reproduce matvit</c>.</summary>
/// <param name="Name">The folder of its runs and the end of its picture's name.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Images">Where its images are.</param>
/// <param name="Shape">The model, still to be fitted to the images.</param>
/// <param name="Regularization">What is random about its images in training.</param>
/// <param name="Epochs">Passes of a baseline over its images.</param>
internal sealed record ImageExperiment(string Name, string Title, string Images, VisionConfig Shape, ImageRegularization Regularization, int Epochs);

/// <summary>One of the five training runs on a data set.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="Accuracies">Accuracies at its plans: the granularities, plans wider with depth, the same upside down.</param>
/// <param name="Totals">What training it took.</param>
internal sealed record MatVitRun(string Name, IReadOnlyList<MeasuredAccuracy> Accuracies, TrainingTotals Totals);

/// <summary>What came of a data set.</summary>
internal sealed record MatVitResults(ImageExperiment Experiment, VisionConfig Config, int TrainingImages, MatVitRun Nested, IReadOnlyList<MatVitRun> Baselines);

/// <summary>The tables and the pictures of <c>nestor reproduce matvit</c>.</summary>
internal sealed record MatVitReport
{
    public required TrainingOptions Options { get; init; }

    public required string Command { get; init; }

    public required string? Remark { get; init; }

    public IReadOnlyList<MatVitResults> Results { get; init; } = [];

    /// <summary>Writes <c>matvit.md</c> and a picture for each data set.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var result in Results)
        {
            var chart = MatVitChart.Draw(result);
            AtomicFile.Write(Path.Combine(folder, Picture(result)), stream => stream.Write(chart.GetImageBytes(1000, 600, ScottPlot.ImageFormat.Png)));
        }

        AtomicFile.Write(Path.Combine(folder, "matvit.md"), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    private static string Picture(MatVitResults result) => $"matvit-{result.Experiment.Name}.png";

    private string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # One MatViT against four vision transformers trained alone

            MatFormer (arXiv 2310.07707) §4.2 at a small size: each independent model makes some passes over the images, the nested one four times as many with one
            granularity per step (objective `{ObjectiveText.Print(Options.Objective)}`), so that each size runs on as many images. Everything else is the same. What all sizes share thus learns
            from four times as many images as any independent model: a difference below is one at equal training of each size, not at equal training of the shared
            weights. Accuracies are of the last weights, on the whole test set; ± is the standard error from its size, and says nothing of how much another seed
            would change.

            * Training: batch {Options.BatchSize}, AdamW, learning rate {Options.LearningRate}, weight decay {Options.Optimizer.WeightDecay}, float32, seed {Options.Seed}.
            * Machine: {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}.
            * Command: `{Command}`
            {(Remark is null ? "" : $"* Remark: {Remark}\n")}
            """);
        foreach (var result in Results)
            Append(text, result);
        return text.ToString();
    }

    private static void Append(StringBuilder text, MatVitResults result)
    {
        var (experiment, config) = (result.Experiment, result.Config);
        text.Append(CultureInfo.InvariantCulture, $"""

            ## {experiment.Title}

            {result.TrainingImages:N0} images to train on ({experiment.Epochs} passes each for the independent models; {experiment.Regularization}), {result.Nested.Accuracies[0].Images:N0} to test on. Images {config.Channels}x{config.ImageSize}x{config.ImageSize}, patches of
            {config.PatchSize}, {config.Layers} layers, hidden {config.HiddenSize}, {config.Heads} heads, feed-forward {string.Join("/", config.Granularities.Select(g => g.Width))}, {(config.Pooling == VisionPooling.ClassToken ? "class token" : "mean pooling")}.

            ![Accuracy against size on {experiment.Title}]({Picture(result)})

            | granularity | parameters | independent | MatViT | difference in points |
            |---|---:|---:|---:|---:|

            """);
        var trained = result.Nested.Accuracies.Take(result.Baselines.Count).ToList();
        foreach (var (nested, baseline) in trained.Zip(result.Baselines, (nested, run) => (nested, run.Accuracies[0])))
            text.Append(CultureInfo.InvariantCulture, $"| {Plan(nested)} | {Size(nested):N0} | {Percent(baseline)} | {Percent(nested)} | {Points(nested.Accuracy - baseline.Accuracy)} |\n");

        text.Append("""

            A positive difference means that the slice of the nested model is better than the model trained alone. Below, plans that were never trained
            (Mix'n'Match), against the straight line between the two trained sizes they mix, in points.

            | wider with depth | parameters | accuracy | to the line | narrower with depth | accuracy | to the line |
            |---|---:|---:|---:|---|---:|---:|

            """);
        var mixes = result.Nested.Accuracies.Skip(trained.Count).ToList();
        foreach (var (up, down) in mixes.Take(mixes.Count / 2).Zip(mixes.Skip(mixes.Count / 2)))
            text.Append(CultureInfo.InvariantCulture, $"| {Plan(up)} | {Size(up):N0} | {Percent(up)} | {Points(ToLine(up))} | {Plan(down)} | {Percent(down)} | {Points(ToLine(down))} |\n");

        text.Append("""

            | run | steps | images | time in steps |
            |---|---:|---:|---:|

            """);
        foreach (var run in result.Baselines.Prepend(result.Nested))
            text.Append(CultureInfo.InvariantCulture, $"| {run.Name} | {run.Totals.Steps:N0} | {run.Totals.Tokens:N0} | {run.Totals.Time:h\\:mm\\:ss} |\n");

        string Plan(MeasuredAccuracy measured) => WidthPlanText.Print(measured.Plan, config.Granularities);
        long Size(MeasuredAccuracy measured) => VisionParameterCount.Of(config, measured.Plan).Total;
        double ToLine(MeasuredAccuracy measured)
        {
            var right = trained.FindIndex(other => Size(other) >= Size(measured));
            var (from, to) = (trained[right - 1], trained[right]);
            var share = (double)(Size(measured) - Size(from)) / (Size(to) - Size(from));
            return measured.Accuracy - (from.Accuracy + share * (to.Accuracy - from.Accuracy));
        }
    }

    /// <summary>A difference of shares in points; the sum makes a zero of what rounds to a negative one.</summary>
    private static string Points(double share) => (Math.Round(100 * share, 2) + 0.0).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Percent(MeasuredAccuracy measured) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * measured.Accuracy:F2} ± {100 * measured.StandardError:F2}");
}
