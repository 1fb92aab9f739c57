using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Training.Data;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;

namespace Nestor.Cli.Reports;

/// <summary>One of the five training runs.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="Losses">Held-out losses at its plans.</param>
/// <param name="Totals">What training it took.</param>
internal sealed record MatLmRun(string Name, IReadOnlyList<MeasuredLoss> Losses, TrainingTotals Totals);

/// <summary>The table and the picture of <c>nestor reproduce matlm</c>.</summary>
internal sealed record MatLmReport
{
    public required ModelConfig Config { get; init; }

    public required TrainingOptions Options { get; init; }

    public required Corpus Corpus { get; init; }

    public required MatLmRun Nested { get; init; }

    public required IReadOnlyList<MatLmRun> Baselines { get; init; }

    public required string Command { get; init; }

    public required string? Remark { get; init; }

    /// <summary>Writes <c>matlm.md</c> and <c>matlm.png</c>.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var trained = Nested.Losses.Take(Baselines.Count).ToList();
        var mixes = Nested.Losses.Skip(Baselines.Count).ToList();
        var (increasing, decreasing) = (mixes.Take(mixes.Count / 2).ToList(), mixes.Skip(mixes.Count / 2).ToList());

        var chart = LossChart.Draw("MatLM against independent models", Config,
        [
            new("independent baselines", [.. Baselines.Select(baseline => baseline.Losses[0])], Joined: true),
            new("MatLM granularities", trained, Joined: true),
            new("Mix'n'Match, wider with depth", increasing, Joined: false),
            new("Mix'n'Match, narrower with depth", decreasing, Joined: false),
        ]);
        AtomicFile.Write(Path.Combine(folder, "matlm.png"), stream => stream.Write(chart.GetImageBytes(1000, 600, ScottPlot.ImageFormat.Png)));
        AtomicFile.Write(Path.Combine(folder, "matlm.md"), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown(trained, increasing, decreasing))));
    }

    private string Markdown(List<MeasuredLoss> trained, List<MeasuredLoss> increasing, List<MeasuredLoss> decreasing)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # One MatLM against four models trained alone

            MatFormer (arXiv 2310.07707) §4.1 at a small size: each independent model is trained on {Options.Steps * Options.TokensPerStep:N0} tokens, the nested one on
            {Nested.Totals.Tokens:N0} with one granularity per step (objective `{ObjectiveText.Print(Options.Objective)}`). Everything else is the same.

            * Model: {Config.Layers} layers, hidden {Config.HiddenSize}, {Config.Heads} heads, {Config.KeyValueHeads} key-value heads, vocabulary {Config.VocabularySize}, context {Config.ContextLength}, {Config.FeedForward}, feed-forward {string.Join("/", Config.Granularities.Select(g => g.Width))}.
            * Training: batch {Options.BatchSize} x {Options.WindowLength}, AdamW, learning rate {Options.LearningRate}, weight decay {Options.Optimizer.WeightDecay}, {(Options.BFloat16 ? "bfloat16 products" : "float32")}, seed {Options.Seed}.
            * Text: {Corpus.Train.Count:N0} training tokens from {Corpus.Train.Documents} documents; losses on {Nested.Losses[0].Tokens:N0} tokens spread over {Corpus.Validation.Documents} held-out documents, in float32, nats per token.
            * Machine: {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}.
            * Command: `{Command}`
            {(Remark is null ? "" : $"* Remark: {Remark}\n")}
            ![Loss against size](matlm.png)

            ## Granularities

            | granularity | parameters without embeddings | independent | MatLM | difference |
            |---|---:|---:|---:|---:|

            """);
        foreach (var (loss, baseline) in trained.Zip(Baselines))
            text.Append(CultureInfo.InvariantCulture, $"| {Plan(loss)} | {Size(loss):N0} | {baseline.Losses[0].NatsPerToken:F4} | {loss.NatsPerToken:F4} | {loss.NatsPerToken - baseline.Losses[0].NatsPerToken:+0.0000;-0.0000} |\n");

        text.Append("""

            A negative difference means that the slice of the nested model is better than the model trained alone.

            ## Mix'n'Match

            Plans that were never trained, against the straight line between the two trained sizes they mix (negative: better than the line).

            | wider with depth | loss | to the line | narrower with depth | loss | to the line |
            |---|---:|---:|---|---:|---:|

            """);
        foreach (var (up, down) in increasing.Zip(decreasing))
            text.Append(CultureInfo.InvariantCulture, $"| {Plan(up)} | {up.NatsPerToken:F4} | {ToLine(up, trained):+0.0000;-0.0000} | {Plan(down)} | {down.NatsPerToken:F4} | {ToLine(down, trained):+0.0000;-0.0000} |\n");

        var alone = TimeSpan.FromSeconds(Baselines.Sum(baseline => baseline.Totals.Time.TotalSeconds));
        text.Append(CultureInfo.InvariantCulture, $"""

            ## Training cost

            | run | steps | tokens | time in steps |
            |---|---:|---:|---:|

            """);
        foreach (var run in Baselines.Prepend(Nested))
            text.Append(CultureInfo.InvariantCulture, $"| {run.Name} | {run.Totals.Steps:N0} | {run.Totals.Tokens:N0} | {run.Totals.Time:h\\:mm\\:ss} |\n");
        text.Append(CultureInfo.InvariantCulture, $"\nThe nested run took {Nested.Totals.Time / alone:F2} of the time of the four independent runs together.\n");
        return text.ToString();
    }

    private string Plan(MeasuredLoss loss) => WidthPlanText.Print(loss.Plan, Config.Granularities);

    private long Size(MeasuredLoss loss) => ParameterCount.Of(Config, loss.Plan).NonEmbedding;

    private double ToLine(MeasuredLoss loss, List<MeasuredLoss> trained)
    {
        var size = Size(loss);
        var right = trained.FindIndex(other => Size(other) >= size);
        var (from, to) = (trained[right - 1], trained[right]);
        var share = (double)(size - Size(from)) / (Size(to) - Size(from));
        return loss.NatsPerToken - (from.NatsPerToken + share * (to.NatsPerToken - from.NatsPerToken));
    }
}
