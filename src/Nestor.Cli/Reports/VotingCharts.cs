using Nestor.Cli.Voting;

namespace Nestor.Cli.Reports;

/// <summary>The pictures of <see cref="VotingReport"/>.</summary>
internal static class VotingCharts
{
    public const string GainFile = "voting-gain.png", LeadsFile = "voting-lead.png", RanksFile = "voting-selection.png";

    private static readonly string[] Colors = ["#d1495b", "#1f6f8b", "#66a182", "#e08e45", "#8d6a9f", "#5f6b73"];

    /// <summary>The gain of each vote over the best of its members, against that member.</summary>
    public static PointChart Gain(IReadOnlyList<VotingRun> runs) => new(GainFile, "What a vote gains over the best of its members", "robust accuracy of the best member, %", "vote minus best member, points", [.. runs
        .GroupBy(run => run.Setting.Title)
        .Select((setting, place) => new ChartPoints(setting.Key, Colors[place % Colors.Length], [.. setting.SelectMany(run => run.Committees.Select(committee => Place(run, committee)))]))])
    {
        Zero = true,
    };

    /// <summary>The gain of every committee's vote, by attacks on pairs, against the lead of its best member.</summary>
    public static PointChart Leads(IReadOnlyList<VotingRun> runs) => new(LeadsFile, "Every committee of three: what a vote gains where one member leads", "best member minus second, points", "left by attacks on pairs minus best member, points", [.. runs
        .GroupBy(run => run.Setting.Title)
        .Select((setting, place) => new ChartPoints(setting.Key, Colors[place % Colors.Length], [.. setting.SelectMany(run => run.Leads.Select(committee => (100 * committee.Lead, 100 * committee.Gain)))]))])
    {
        Zero = true,
    };

    /// <summary>What the selection expected of every committee, against what was left on the test images.</summary>
    public static PointChart Ranks(IReadOnlyList<VotingRun> runs) => new(RanksFile, "Every committee of three: expected and measured", "expected on the images of the selection, %", "left by attacks on pairs, test images, %", [.. runs
        .GroupBy(run => run.Setting.Title)
        .Select((setting, place) => new ChartPoints(setting.Key, Colors[place % Colors.Length], [.. setting.SelectMany(run => run.Ranked.Select(committee => (100 * committee.Expected, 100 * committee.Left)))]))]);

    private static (double X, double Y) Place(VotingRun run, CommitteeOutcome committee)
    {
        var best = run.BestOf(committee).Outcome.Accuracy;
        return (100 * best, 100 * (committee.Vote.Accuracy - best));
    }
}
