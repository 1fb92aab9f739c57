using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nestor.Cli.Commands;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Training.Data;

namespace Nestor.Cli.Reports;

/// <summary>The tables and pictures of the text part of <c>nestor reproduce pruning</c>.</summary>
internal sealed record PruningTextReport
{
    /// <summary>The report's file.</summary>
    public const string FileName = "pruning-text.md";

    private const string PrunedPicture = "pruning-text.png", NestedPicture = "pruning-text-nest.png";

    public required PruningSetting Setting { get; init; }

    public required ModelConfig Config { get; init; }

    public required PruningTextOptions Options { get; init; }

    public required Corpus Corpus { get; init; }

    /// <summary>Held-out loss of the dense model, nats per token.</summary>
    public required double Dense { get; init; }

    public IReadOnlyList<PrunedLoss> Pruned { get; init; } = [];

    public IReadOnlyList<NestedLosses> Nested { get; init; } = [];

    /// <summary>Writes the tables and a picture for each.</summary>
    public void Write()
    {
        var folder = Setting.Output;
        Directory.CreateDirectory(folder);
        PictureFile.Write(Path.Combine(folder, PrunedPicture), PruningTextChart.Pruned(Pruned));
        if (Nested.Count > 0)
            PictureFile.Write(Path.Combine(folder, NestedPicture), PruningTextChart.Nested(Config, Nested));
        AtomicFile.Write(Path.Combine(folder, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    private string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Pruning and nesting one dense language model

            One dense model, trained for {Options.DenseSteps:N0} steps, is pruned to a share of its feed-forward neurons in several ways, and made sliceable in several ways. Ways are
            compared at equal steps. One seed: differences of a few thousandths are within what another seed would change.

            * Model: {Config.Layers} layers, hidden {Config.HiddenSize}, {Config.Heads} heads, {Config.KeyValueHeads} key-value heads, vocabulary {Config.VocabularySize}, context {Config.ContextLength}, {Config.FeedForward}, feed-forward {Config.FullWidths.Widest}; {ParameterCount.Of(Config, Config.FullWidths).NonEmbedding:N0} parameters without embeddings. Dense loss {Dense:F4}.
            * Training: batch {Options.Training.BatchSize} x {Options.Training.WindowLength}, AdamW, learning rate {Options.Training.LearningRate} for the dense model and {PruningTextOptions.LaterRate} of it afterwards, {(Options.Training.BFloat16 ? "bfloat16 products" : "float32")}, seed {Options.Training.Seed}. The group lasso rises over the first fifth of its steps.
            * Text: {Corpus.Train.Count:N0} training tokens from {Corpus.Train.Documents:N0} documents; losses on about {Options.EvaluationTokens:N0} held-out tokens, float32, nats per token.
            * Machine: {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}.
            * Command: `{Setting.Command}`
            {(Setting.Remark is null ? "" : $"* Remark: {Setting.Remark}\n")}
            ## Pruning

            {Options.Steps:N0} steps, with a penalty or without, then the cut, then {Options.FineTuneSteps:N0} steps without a penalty; optimizer state and learning rate go on across the cut. "Cut first" cuts the dense model
            and takes all {Options.Steps + Options.FineTuneSteps:N0} steps after that: as much training in all, and twice as much at the final size. Magnitude is the joint norm of a neuron's weights. The group lasso (kind of penalty, lambda, beta) and the decay
            are cut by that norm too. Every layer keeps the same number of neurons, but for "one threshold" for all layers, which keeps at most as many in all and at least 16 in each: norms are
            compared as they are after the group lasso, and activation x output by its share of the layer.

            ![Loss of pruned models]({PrunedPicture})

            """);
        foreach (var group in Pruned.GroupBy(row => row.Share))
        {
            var magnitude = group.First(row => row.Method == "magnitude").Tuned;
            text.Append(CultureInfo.InvariantCulture, $"""

                ### {100 * group.Key}% of the neurons

                | way | before the cut | after the cut | after fine-tuning | to magnitude |
                |---|---:|---:|---:|---:|

                """);
            foreach (var row in group)
                text.Append(CultureInfo.InvariantCulture, $"| {row.Method} | {row.Whole:F4} | {row.Cut:F4} | {row.Tuned:F4} | {row.Tuned - magnitude:+0.0000;-0.0000;0.0000} |\n");
        }

        if (Nested.Count > 0)
            AppendNested(text);
        return text.ToString();
    }

    private void AppendNested(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"""

            ## Nesting

            The dense model after {Options.Steps:N0} more steps, with the group lasso or without, its neurons sorted by activation x output or not, then trained at all granularities in every
            step, half on the data and half on what the dense model says. Trained from scratch at all granularities for as many steps in all as the longest of these, for comparison.
            What was not trained loses far more, and stands in the table only.

            ![Loss of nested models]({NestedPicture})

            | preparation | nested steps | {string.Join(" | ", Config.Granularities.Select(granularity => $"{granularity.Name} ({granularity.Width})"))} |
            |---|---:|{string.Concat(Config.Granularities.Select(_ => "---:|"))}

            """);
        foreach (var row in Nested)
            text.Append(CultureInfo.InvariantCulture, $"| {row.Preparation} | {row.Steps:N0} | {string.Join(" | ", row.Losses.Select(loss => loss.Loss.ToString("F4", CultureInfo.InvariantCulture)))} |\n");
    }
}
