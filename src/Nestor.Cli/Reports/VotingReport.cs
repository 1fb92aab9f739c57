using System.Globalization;
using System.Text;
using Nestor.Cli.Commands;
using Nestor.Cli.Voting;
using Nestor.Formats;

namespace Nestor.Cli.Reports;

/// <summary>The page of committees that vote.</summary>
/// <param name="Runs">What it shows, at least one run.</param>
/// <param name="IsQuick">Whether the runs were only short tries.</param>
internal sealed record VotingReport(IReadOnlyList<VotingRun> Runs, bool IsQuick)
{
    public const string FileName = "voting.md";

    /// <summary>Writes the page and its pictures.</summary>
    public void Write(string folder)
    {
        FolderCreation.Create(folder);
        foreach (var chart in new[] { VotingCharts.Gain(Runs), VotingCharts.Leads(Runs), VotingCharts.Ranks(Runs) })
            AtomicFile.Write(Path.Combine(folder, chart.File), stream => stream.Write(chart.Draw()));
        AtomicFile.Write(Path.Combine(folder, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    private string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Committees of robust models that vote

            For each setting and seed, {PoolMember.Pool.Count} small networks are trained to be robust ({string.Join("; ", PoolMember.Pool.Select(member => member.Name))}), committees of three are chosen on images kept back
            (training images that neither training nor the choice of the best step saw), and members and votes are attacked on test images that nothing before has seen. An image counts as robust if nothing that was
            tried broke it; no majority is no answer, and that is a wrong one. The vote faces every attack made for votes, what broke its members, every pair of members at once, and what broke the same members when combined otherwise.
            {(IsQuick ? "\n**A short try (`--quick`): these figures mean little.**\n" : "")}
            * Attacks on members: APGD on cross-entropy, then towards nine targets. Votes: see the list at the end. Black-box attacks and FAB are left out here; `nestor robust evaluate` has them.
            {VotingTables.Origins(Runs)}
            {VotingTables.Sizes(Runs)}
            ## What a vote gains, against how robust its members are

            Gain of the vote over the best of its members, which is chosen on the test images and so has an advantage. One point for each committee and seed.

            ![Gain of the vote against the level of its members]({VotingCharts.GainFile})

            {VotingTables.Gains(Runs)}
            Where one member is far ahead, the others can only hold it back. Every committee of the pool, by attacks on its pairs alone (an upper bound of its robust accuracy): mean gain over its best
            member, by how many points that one is ahead of the second.

            ![Gain of every vote against the lead of its best member]({VotingCharts.LeadsFile})

            {VotingTables.Leads(Runs)}
            ## Hypotheses

            Differences are in points of robust accuracy, means over seeds, with 95 % intervals from 10,000 paired draws of images; they say nothing of other settings.

            {VotingTables.Hypotheses(Runs)}
            ## Selection

            Every committee of the pool: expected on the images of the selection, and what attacks on pairs left on the test images.

            ![Expected against measured robust accuracy of every committee]({VotingCharts.RanksFile})

            """);
        foreach (var run in Runs)
            text.Append(VotingTables.Run(run));
        text.Append(VotingTables.Attacks(Runs));
        return text.ToString();
    }
}
