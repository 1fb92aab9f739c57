using System.Globalization;
using System.Text;
using Nestor.Cli.Voting;
using Nestor.Formats;
using Nestor.Inference.Measurement;
using Nestor.Training.Robustness;

namespace Nestor.Cli.Reports;

/// <summary>The page of nested committees.</summary>
/// <param name="Command">What wrote it.</param>
/// <param name="Remark">A sentence of the user.</param>
/// <param name="Results">What is known so far.</param>
internal sealed record NestedVotingReport(string Command, string? Remark, NestedResults Results)
{
    public const string File = "voting-nested.md";

    /// <summary>Writes the page.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, File), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    /// <summary>The page as text.</summary>
    public string Markdown()
    {
        var (setting, config) = (Results.Setting, Results.Config);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Committees of one model's sizes

            Three sizes of one MatViT vote, against three models of the same sizes that were trained by themselves: an answer costs the same. The nested model makes as many steps for each size as an
            independent model does in all; one that is trained *as long as nested* makes as many as all sizes together. Members have a loss of their own ({string.Join(", ", setting.Sizes.Zip(setting.Losses, (size, loss) => $"{size.Name} {loss}"))}) or all the first of these. Every image that any attack on a member, on two
            members at once or on the vote found is tried on all; an image counts as held only where nothing did. *Disjointness* is the share of images at which each of two members falls to something but
            no perturbation was found that both fall to: what a vote gains from the two. *Alignment* is the mean cosine of the gradients of their losses at the unperturbed images. Votes are hard, by strict
            plurality; no answer is a wrong answer. ± is one standard error from the number of images; another seed would differ by more.

            * Images: {Results.TrainingImages:N0} of {Path.GetFileName(setting.Images)} to train on, {Results.TestImages:N0} of its test part attacked, {(setting.Threat.Norm == Norm.Infinity ? "L-inf" : "L2")} {setting.Threat.Epsilon:G4}.
            * Model: images {config.Channels}x{config.ImageSize}x{config.ImageSize}, patches of {config.PatchSize}, {config.Layers} layers, hidden {config.HiddenSize}, {config.Heads} heads, feed-forward {string.Join(", ", config.Granularities.Select(size => $"{size.Name} {size.Width}"))}.
            * Training: {setting.Steps:N0} steps for each size, batch {setting.Batch}, search of {setting.SearchSteps} steps, AdamW, learning rate {setting.LearningRate}; the last weights are used.
            * Attacks: APGD on cross-entropy and towards every class on members, APGD on the least and the summed clamped ratio on pairs, all attacks made for votes on votes; {setting.AttackSteps} steps each, {setting.Queries} queries of Square.
            * Machine: {MachineDescription.Text}.
            * Command: `{Command}`
            {(Remark is null ? "" : $"* Remark: {Remark}\n")}
            ## Votes

            | committee | seed | parameters | clean | no answer | members, robust | counted | vote, robust | vote - best member |
            |---|---:|---:|---:|---:|---|---:|---:|---:|

            """);
        foreach (var (kind, seed, measure) in Results.Committees)
        {
            var members = string.Join(" / ", measure.Members.Select(member => Percent(member.Robust)));
            text.Append(CultureInfo.InvariantCulture, $"| {kind.Name} | {seed} | {measure.Parameters:N0} | {Percent(measure.Clean)} | {Percent(measure.Abstention)} | {members} | {Percent(measure.Counted)} | {Percent(measure.Robust)} ± {Percent(Error(measure))} | {Points(measure.Robust - measure.Members.Max(member => member.Robust))} |\n");
        }

        text.Append("\nDifferences of votes in points, over the same images:\n\n");
        foreach (var (one, other) in Compared)
        {
            if (Results.Difference(one, other) is var (difference, error))
                text.Append(CultureInfo.InvariantCulture, $"* {one.Name} less {other.Name}: {Points(difference)} ± {Percent(error)}\n");
        }

        text.Append("""

            ## Members

            | committee | seed | member | loss | clean | robust |
            |---|---:|---|---|---:|---:|

            """);
        foreach (var (kind, seed, measure) in Results.Committees)
        {
            foreach (var member in measure.Members)
                text.Append(CultureInfo.InvariantCulture, $"| {kind.Name} | {seed} | {member.Size} | {member.Loss} | {Percent(member.Clean)} | {Percent(member.Robust)} |\n");
        }

        text.Append("""

            ## Pairs

            | committee | seed | pair | both fail | fail at once | disjointness | alignment |
            |---|---:|---|---:|---:|---:|---:|

            """);
        foreach (var (kind, seed, measure) in Results.Committees)
        {
            foreach (var pair in measure.Pairs)
                text.Append(CultureInfo.InvariantCulture, $"| {kind.Name} | {seed} | {pair.Names} | {Percent(pair.BothFail)} | {Percent(pair.FailAtOnce)} | {Points(pair.Disjointness)} | {pair.Alignment:F2} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nAll attacks took {Results.Committees.Sum(result => result.Measure.Gradients) / 1e6:F1} million gradients.\n");
        return text.ToString();
    }

    private static IEnumerable<(CommitteeKind, CommitteeKind)> Compared =>
    [
        (new(true, true), new(false, true)), (new(true, true), new(false, true, IsLong: true)), (new(true, false), new(false, false)), (new(true, true), new(true, false)), (new(false, true), new(false, false)),
    ];

    private static double Error(CommitteeMeasure measure) => Math.Sqrt(measure.Robust * (1 - measure.Robust) / measure.Holds.Count);

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture);

    private static string Points(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);
}
