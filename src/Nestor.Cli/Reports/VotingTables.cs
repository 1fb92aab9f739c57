using System.Globalization;
using System.Text;
using Nestor.Cli.Voting;
using Nestor.Training.Robustness;

namespace Nestor.Cli.Reports;

/// <summary>The tables of <see cref="VotingReport"/>, in Markdown.</summary>
internal static class VotingTables
{
    /// <summary>How the runs were made.</summary>
    public static string Origins(IReadOnlyList<VotingRun> runs)
    {
        var text = new StringBuilder();
        foreach (var alike in runs.GroupBy(run => run.Origin.Family))
        {
            var settings = alike.GroupBy(run => run.Setting).Select(same => $"{same.Key.Title} (`{same.Key.Key}`), seed {string.Join(", ", same.Select(run => run.Seed))}");
            text.Append(CultureInfo.InvariantCulture, $"* `{alike.Key.Command}` on {alike.Key.Machine}: {string.Join("; ", settings)}.{(alike.Key.Remark is { } remark ? " " + remark : "")}\n");
        }

        return text.ToString();
    }

    /// <summary>One row for each setting: how large it was.</summary>
    public static string Sizes(IReadOnlyList<VotingRun> runs)
    {
        var text = new StringBuilder("""
            | setting | seeds | training images | steps | steps of search | images for the best step | for the choice | to test on | steps of attacks | on pairs |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|

            """);
        foreach (var same in runs.GroupBy(run => (run.Setting.Title, Options: run.Options with { HasControls = false })))
        {
            var (title, options) = same.Key;
            text.Append(CultureInfo.InvariantCulture, $"| {title} | {same.Count()} | {options.TrainingImages:N0} | {options.TrainingSteps:N0} of {options.Batch} | {options.SearchSteps} | {options.StoppingPoints:N0} | {options.SelectionPoints:N0} | {options.TestPoints:N0} | {options.AttackSteps} | {options.SelectionSteps} |\n");
        }

        return text.ToString();
    }

    /// <summary>One row for each setting: how robust members are, and what the chosen vote gains.</summary>
    public static string Gains(IReadOnlyList<VotingRun> runs)
    {
        var text = new StringBuilder("""
            | setting | seeds | members of the chosen committee | best of them | vote | gain | best of the pool |
            |---|---:|---:|---:|---:|---:|---:|

            """);
        foreach (var setting in runs.GroupBy(run => run.Setting.Title))
        {
            var members = setting.SelectMany(run => run.Chosen.Members.Select(member => run.Members[member].Outcome.Accuracy)).ToList();
            var (best, vote) = (setting.Average(run => run.BestOf(run.Chosen).Outcome.Accuracy), setting.Average(run => run.Chosen.Vote.Accuracy));
            text.Append(CultureInfo.InvariantCulture, $"| {setting.Key} | {setting.Count()} | {Percent(members.Min())} to {Percent(members.Max())} | {Percent(best)} | {Percent(vote)} | {Points(vote - best)} | {Percent(setting.Average(run => run.Members.Max(member => member.Outcome.Accuracy)))} |\n");
        }

        return text.ToString();
    }

    /// <summary>One row for each setting: what votes gain where the best member is a little or far ahead of the second.</summary>
    public static string Leads(IReadOnlyList<VotingRun> runs)
    {
        double[] bounds = [0, 0.01, 0.03, 0.1, 1];
        var text = new StringBuilder("| setting |");
        foreach (var (low, high) in bounds.Zip(bounds.Skip(1)))
            text.Append(CultureInfo.InvariantCulture, $" {100 * low:0} to {100 * high:0} ahead |");
        text.Append(CultureInfo.InvariantCulture, $"\n|---|{string.Concat(Enumerable.Repeat("---:|", bounds.Length - 1))}\n");
        foreach (var setting in runs.GroupBy(run => run.Setting.Title))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {setting.Key} |");
            foreach (var (low, high) in bounds.Zip(bounds.Skip(1)))
            {
                double[] gains = [.. setting.SelectMany(run => run.Leads).Where(committee => committee.Lead >= low && committee.Lead < high).Select(committee => committee.Gain)];
                text.Append(gains.Length == 0 ? " |" : $" {Points(gains.Average())} of {gains.Length} |");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The hypotheses, one table for each setting.</summary>
    public static string Hypotheses(IReadOnlyList<VotingRun> runs)
    {
        var text = new StringBuilder();
        foreach (var setting in runs.GroupBy(run => run.Setting.Title))
        {
            var seeds = setting.ToList();
            var all = new Hypotheses(seeds);
            text.Append(CultureInfo.InvariantCulture, $"""
                ### {setting.Key}, {seeds.Count} {(seeds.Count == 1 ? "seed" : "seeds")}

                | | statement | measured |
                |---|---|---|
                | H1 | the vote is more robust than the best of its members | {Gain(all.VoteAgainstBestMember)} |
                | | the same of other committees: one loss, three losses, three shapes | {Gain(all.AgainstBestMember(CommitteeRole.SameLoss))}; {Gain(all.AgainstBestMember(CommitteeRole.MixedLosses))}; {Gain(all.AgainstBestMember(CommitteeRole.MixedShapes))} |
                | | than the best model of the pool | {Gain(all.VoteAgainstBestOfPool)} |
                | | than one model that costs as much as three, {seeds.Count(run => run.Controls.Count > 0)} of the seeds | {(all.VoteAgainstEqualCost is { } control ? Gain(control) : "")} |

                """);
            foreach (var (place, rival) in seeds[0].Rivals.Index())
                text.Append(CultureInfo.InvariantCulture, $"| H2 | the vote against the {rival.Name} of the same members | {Difference(all.VoteAgainst(place))} |\n");
            text.Append(CultureInfo.InvariantCulture, $"""
                | H3 | the chosen committee is better than one drawn at random | {Points(all.ChosenAboveMean)}; random ones are as good with p = {all.AsGoodAtRandom:F3}; rank correlation {all.RankCorrelation:F2} |
                | H4 | three losses against three seeds of one | {Difference(all.AgainstSameLoss(CommitteeRole.MixedLosses))} |
                | | three shapes against three seeds of one | {Difference(all.AgainstSameLoss(CommitteeRole.MixedShapes))} |
                | | vote above the mean of its members: one loss, three losses, three shapes | {Points(all.AboveMeanMember(CommitteeRole.SameLoss))}, {Points(all.AboveMeanMember(CommitteeRole.MixedLosses))}, {Points(all.AboveMeanMember(CommitteeRole.MixedShapes))} |
                | H5 | the attack on the mean of probabilities alone would have claimed more | {Points(all.LeftBySurrogate)} |
                | | the vote against epsilon, quick attacks | {string.Join(", ", all.Curve.Select(point => $"{Percent(point.RobustAccuracy)} at {RobustCurveChart.Label(point.Epsilon, Norm.Infinity)}"))} |
                | | a member twice and another come out as that member | {string.Join("; ", seeds.Select(run => string.Create(CultureInfo.InvariantCulture, $"{Percent(run.Repetition.Vote)} and {Percent(run.Repetition.Alone)} of {run.Repetition.Points}")))} |


                """);
        }

        return text.ToString();
    }

    /// <summary>What one seed of a setting gave.</summary>
    public static string Run(VotingRun run)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""

            ## {run.Setting.Title}, seed {run.Seed}

            | model or committee | right, % | no answer, % | robust, % | ± | gradients each | seconds |
            |---|---:|---:|---:|---:|---:|---:|

            """);
        foreach (var model in run.Members.Concat(run.Controls))
            Row(model.Name, model.Outcome, "");
        foreach (var committee in run.Committees)
        {
            var names = string.Join(", ", committee.Members.Select(member => run.Members[member].Name));
            Row($"**vote** of {names} ({string.Join(", ", committee.Roles.Select(Role))})", committee.Vote, Percent(committee.Abstention));
        }

        foreach (var rival in run.Rivals)
            Row($"{rival.Name} of the chosen members", rival.Outcome, "");
        return text.ToString();

        void Row(string name, Outcome outcome, string abstention)
        {
            var points = outcome.Robust.Length;
            var error = Math.Sqrt(outcome.Accuracy * (1 - outcome.Accuracy) / points);
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {Percent(outcome.Clean)} | {abstention} | {Percent(outcome.Accuracy)} | {Percent(error)} | {outcome.Gradients / (double)points:N0} | {outcome.Seconds:N0} |\n");
        }
    }

    /// <summary>The attacks on the chosen votes in their order, and how many images fell to each.</summary>
    public static string Attacks(IReadOnlyList<VotingRun> runs)
    {
        var text = new StringBuilder("""

            ## Attacks on the chosen votes, in their order

            Images that were left, and how many of them fell, summed over all settings and seeds. What fell to pairs of members attacked at once, and to what broke the rivals, is not in this list but in the results.

            | attack | attacked | fell |
            |---|---:|---:|

            """);
        foreach (var attack in runs.SelectMany(run => run.Chosen.Vote.Attacks).Select(attack => attack.Attack.StartsWith("transfer", StringComparison.Ordinal) ? attack with { Attack = "what broke a member" } : attack).GroupBy(attack => attack.Attack))
            text.Append(CultureInfo.InvariantCulture, $"| {attack.Key} | {attack.Sum(one => one.Attacked):N0} | {attack.Sum(one => one.Fallen):N0} |\n");
        return text.ToString();
    }

    private static string Role(CommitteeRole role) => role switch
    {
        CommitteeRole.Chosen => "chosen",
        CommitteeRole.SameLoss => "one loss, three seeds",
        CommitteeRole.MixedLosses => "three losses",
        _ => "three shapes",
    };

    private static string Gain(PairedBootstrap compared) => string.Create(CultureInfo.InvariantCulture, $"{Interval(compared)}, one-sided p = {compared.NotAbove:F4}");

    private static string Difference(PairedBootstrap compared) => string.Create(CultureInfo.InvariantCulture, $"{Interval(compared)}, two-sided p = {compared.TwoSided:F3}");

    private static string Interval(PairedBootstrap compared) => $"{Points(compared.Difference)} ({Points(compared.Low)} to {Points(compared.High)})";

    private static string Points(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture);
}
