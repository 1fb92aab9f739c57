using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nestor.Cli.Commands;
using Nestor.Formats;
using Nestor.Training.Optimization;

namespace Nestor.Cli.Reports;

/// <summary>Share of the test images that are right.</summary>
internal sealed record ImageScore(double Accuracy, double StandardError);

/// <summary>One way to a smaller model.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Share">Share of each layer's units that stays.</param>
/// <param name="Widths">The plan.</param>
/// <param name="Parameters">Of the smaller model.</param>
/// <param name="Before">Accuracy of the whole model just before the cut.</param>
/// <param name="AfterCut">Accuracy just after it.</param>
/// <param name="Tuned">Accuracy in the end.</param>
/// <param name="Found">The widths that the largest gap of norms would give.</param>
internal sealed record PrunedAccuracy(string Method, double Share, string Widths, long Parameters, double Before, double AfterCut, ImageScore Tuned, string Found);

/// <summary>What came of a kind of model on a data set.</summary>
internal sealed record ImagePruningResult(string Model, string Widths, long Parameters, ImageScore Dense, IReadOnlyList<PrunedAccuracy> Rows);

/// <summary>What came of a data set.</summary>
internal sealed record ImagePruningData(string Title, string Name, int TrainingImages, int TestImages, IReadOnlyList<ImagePruningResult> Models);

/// <summary>The page of pruned image models.</summary>
internal sealed record PruningImagesReport
{
    public const string File = "pruning-images.md";

    public required PruningSetting Setting { get; init; }

    public required ImagePruningSteps Steps { get; init; }

    public required TrainingOptions Training { get; init; }

    public required IReadOnlyList<ImagePruningData> Results { get; init; }

    /// <summary>Writes the page and its pictures.</summary>
    public void Write()
    {
        FolderCreation.Create(Setting.Output);
        foreach (var data in Results)
            PictureFile.Write(Path.Combine(Setting.Output, Picture(data)), PruningImagesChart.Draw(data));
        AtomicFile.Write(Path.Combine(Setting.Output, File), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    private static string Picture(ImagePruningData data) => $"pruning-images-{data.Name}.png";

    private string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Pruning image models

            One dense model of each kind is pruned to a half and a quarter of the units of every layer (channels of a convolutional network with batch normalisation, feed-forward neurons of a MatViT).
            With a penalty, {Steps.Before:N0} steps come before the cut and {Steps.After:N0} after it; one-shot methods cut the dense model at once and make all {Steps.Before + Steps.After:N0} steps after it. *Trained alone* is a model
            of the small size from random weights, with the steps of the dense model added. Every smaller model is really smaller: widths are cut, not masked. Accuracies are of the
            whole test set, one seed; ± is the standard error from its size and says nothing of another seed. *Just after the cut* nothing has been fine-tuned.
            {(Setting.Quick ? "\n**A short try (`--quick`): these figures mean little.**\n" : "")}
            * Training: {Steps.Dense:N0} steps of the dense models, batch {Training.BatchSize}, AdamW, learning rate 1e-2 (convolutional) and 2e-3 (MatViT), half of it after the dense model, float32, seed {Training.Seed}.
            * Machine: {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}.
            * Command: `{Setting.Command}`
            {(Setting.Remark is null ? "" : $"* Remark: {Setting.Remark}\n")}
            """);
        foreach (var data in Results)
        {
            text.Append(CultureInfo.InvariantCulture, $"""

                ## {data.Title}

                {data.TrainingImages:N0} images to train on, {data.TestImages:N0} to test on.

                ![Accuracy of pruned models on {data.Title}]({Picture(data)})

                """);
            foreach (var model in data.Models)
                Append(text, model);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, ImagePruningResult model)
    {
        text.Append(CultureInfo.InvariantCulture, $"""

            ### {model.Model}

            Dense: widths {model.Widths}, {model.Parameters:N0} parameters, {Percent(model.Dense)} %.

            | method | widths | parameters | whole, before the cut | just after the cut | in the end | widths by the gap of norms |
            |---|---|---:|---:|---:|---:|---|

            """);
        foreach (var row in model.Rows)
            text.Append(CultureInfo.InvariantCulture, $"| {row.Method} | {row.Widths} | {row.Parameters:N0} | {Percent(row.Before)} | {Percent(row.AfterCut)} | {Percent(row.Tuned)} | {row.Found} |\n");
    }

    private static string Percent(ImageScore score) => string.Create(CultureInfo.InvariantCulture, $"{100 * score.Accuracy:F2} ± {100 * score.StandardError:F2}");

    private static string Percent(double share) => double.IsNaN(share) ? "" : (100 * share).ToString("F2", CultureInfo.InvariantCulture);
}
