using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nestor.Cli.Commands;
using Nestor.Evaluation;
using Nestor.Formats;
using Nestor.Inference.Speculation;
using Nestor.Models;

namespace Nestor.Cli.Reports;

/// <summary>The tables and the picture of <c>nestor reproduce consistency</c>.</summary>
internal sealed record ConsistencyReport
{
    public required ModelConfig Config { get; init; }

    public required ConsistencyOptions Options { get; init; }

    public required IReadOnlyList<ConsistencyRow> Rows { get; init; }

    /// <summary>Prefixes after which predictions are compared.</summary>
    public required int Positions { get; init; }

    /// <summary>Prefixes that are continued.</summary>
    public required int Prefixes { get; init; }

    /// <summary>What reading costs the nested model's XL, in seconds.</summary>
    public required ReadingCost Reading { get; init; }

    /// <summary>Held-out documents.</summary>
    public required long Documents { get; init; }

    public required string Command { get; init; }

    public required string? Remark { get; init; }

    /// <summary>Writes <c>consistency.md</c> and <c>consistency.png</c>.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var picture = ConsistencyChart.Draw(Rows);
        AtomicFile.Write(Path.Combine(folder, "consistency.png"), stream => stream.Write(picture));
        AtomicFile.Write(Path.Combine(folder, "consistency.md"), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    private string Markdown()
    {
        var text = new StringBuilder();
        var (prefix, written) = (ConsistencyOptions.PrefixTokens(Config), ConsistencyOptions.WrittenTokens(Config));
        text.Append(CultureInfo.InvariantCulture, $"""
            # Consistency of slices with their XL

            MatFormer (arXiv 2310.07707) §3.4, §4.1.1 and F.1 at a small size: is a slice of a nested model more like its XL than a model trained alone is like an XL trained alone?
            The models are those of [matlm.md](matlm.md): the nested one was trained on as many tokens as the others together; those trained alone have seen the same batches in the same order, which makes them
            more alike than models of different runs.

            * Agreement and divergence: after each of {Positions:N0} prefixes of held-out text (every position of windows of {Config.ContextLength} tokens, spread evenly over {Documents:N0} documents; all models read the
              text's own tokens), the share where both models find the same token the most probable one, and the mean of KL(XL‖model) of the next token at temperature 1, in nats.
            * Matching tokens: both continue {Prefixes} prefixes of {prefix} held-out tokens greedily by {written} tokens; the share of places with the same token, and the tokens until the first difference.
              After that each goes on from its own text.
            * ± is the standard error over windows or texts, because neighbouring positions are not independent.
            * Model: {Config.Layers} layers, hidden {Config.HiddenSize}, vocabulary {Config.VocabularySize}, context {Config.ContextLength}, feed-forward {string.Join("/", Config.Granularities.Select(g => g.Width))}; float32.
            * Machine: {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}.
            * Command: `{Command}`
            {(Remark is null ? "" : $"* Remark: {Remark}\n")}
            ![Agreement and divergence against size](consistency.png)

            ## Granularities

            The XL of a slice is the nested model's, that of a model trained alone is the XL trained alone.

            | size | agreement, slice | alone | difference | KL, slice | alone | matching tokens, slice | alone | until the first difference, slice | alone |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|

            """);
        foreach (var (slice, alone) in Of(ConsistencyGroup.Granularity).Zip(Of(ConsistencyGroup.Alone)))
            text.Append(CultureInfo.InvariantCulture, $"| {slice.Model.Name} | {Percent(slice.Held.Agreement)} | {Percent(alone.Held.Agreement)} | {100 * (slice.Held.Agreement.Value - alone.Held.Agreement.Value):+0.00;-0.00} | {Mean(slice.Held.Divergence, 4)} | {Mean(alone.Held.Divergence, 4)} | {Percent(slice.Written.Share)} | {Percent(alone.Written.Share)} | {Mean(slice.Written.CommonBeginning, 1)} | {Mean(alone.Written.CommonBeginning, 1)} |\n");

        Section(text, "Mix'n'Match", "Plans that were never trained, with the nested model's XL.", ConsistencyGroup.Mixed);
        Section(text, "Trained alone, with the nested model's XL", "The same reference for all: what a user would see who replaces MatLM's XL by a small model of another training run.", ConsistencyGroup.AloneWithNested);
        Drafting(text);
        return text.ToString();
    }

    private void Section(StringBuilder text, string title, string explanation, ConsistencyGroup group)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n{explanation}\n\n| model | parameters without embeddings | agreement | KL | matching tokens | until the first difference |\n|---|---:|---:|---:|---:|---:|\n");
        foreach (var row in Of(group))
            text.Append(CultureInfo.InvariantCulture, $"| {row.Model.Name} | {row.Model.Parameters:N0} | {Percent(row.Held.Agreement)} | {Mean(row.Held.Divergence, 4)} | {Percent(row.Written.Share)} | {Mean(row.Written.CommonBeginning, 1)} |\n");
    }

    private void Drafting(StringBuilder text)
    {
        var more = string.Join(", ", Enumerable.Range(2, 4).Select(tokens => string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens {Reading.Of(tokens) / Reading.Of(1):F2}")));
        text.Append(CultureInfo.InvariantCulture, $"""

            ## Drafting

            Acceptance is measured along the texts that the XL itself writes after the same prefixes: at temperature 0 the share of its greedy tokens that the drafter finds the most probable ones too, at
            temperature {Options.Temperature} the mean of Σ min(p, q) along sampled texts (Leviathan et al., arXiv 2211.17192, §3.2). The speed-up is what acceptance α, drafts of γ tokens (the best of at most {ConsistencyOptions.LongestDraft}, in brackets; 0: drafting does not pay)
            and costs predict, `(1 - α^(γ+1)) / ((1 - α)(γ c + v))`, with c the cost of a drafted token and v that of reading γ + 1 tokens at once, in tokens of the XL: once with v = 1, as on hardware that waits for
            weights, and once with the costs measured here on one thread (reading {more}; models of the same widths compute the same, so that those of the nested model are taken for all). What speculation really gains is in [speculation.md](speculation.md).

            | drafter | for | c | acceptance at 0 | v = 1 | v measured | acceptance at {Options.Temperature} | v = 1 | v measured |
            |---|---|---:|---:|---:|---:|---:|---:|---:|

            """);
        foreach (var row in Rows.Where(row => row.Greedy.Cost < 1))
        {
            var (who, whom) = row.Group switch
            {
                ConsistencyGroup.Alone => ($"{row.Model.Name} alone", "XL alone"),
                ConsistencyGroup.AloneWithNested => ($"{row.Model.Name} alone", "MatLM's XL"),
                _ => (row.Model.Name, "MatLM's XL"),
            };
            text.Append(CultureInfo.InvariantCulture, $"| {who} | {whom} | {row.Greedy.Cost:F2} | {Draft(row.Greedy)} | {Draft(row.Sampled)} |\n");
        }

        text.Append("\nA drafter trained alone needs a cache of its own for the whole text, which these figures leave out; a slice shares its XL's.\n");
    }

    private IEnumerable<ConsistencyRow> Of(ConsistencyGroup group) => Rows.Where(row => row.Group == group);

    private static string Draft(PredictedDrafting drafting) =>
        Shown($"{100 * drafting.Acceptance:F1} % | {drafting.Ideal.Ratio:F2} ({drafting.Ideal.DraftLength}) | {drafting.Measured.Ratio:F2} ({drafting.Measured.DraftLength})");

    private static string Percent(SampleMean share) => Shown($"{100 * share.Value:F2} ± {100 * share.StandardError:F2} %");

    private static string Mean(SampleMean mean, int digits) => $"{mean.Value.ToString($"F{digits}", CultureInfo.InvariantCulture)} ± {mean.StandardError?.ToString($"F{digits}", CultureInfo.InvariantCulture)}";

    private static string Shown(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
