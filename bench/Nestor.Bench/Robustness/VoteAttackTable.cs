using System.Globalization;
using Nestor.Inference.Measurement;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;

namespace Nestor.Bench.Robustness;

/// <summary>The cost of attacking every smallest majority of a committee, against attacking its members once each by as many losses.</summary>
internal static class VoteAttackTable
{
    private static readonly AbsoluteMajority Policy = new();

    public static void Run(RobustnessOptions options, TextWriter output)
    {
        output.WriteLine("## Every majority of a committee\n");
        if (options.Members.Count == 0)
        {
            output.WriteLine("No members were given; nothing is measured.\n");
            return;
        }

        var (images, threat) = (options.Subjects[0].Images, options.Subjects[0].Threat);
        List<AttackSubject> members = [.. options.Members.Select(folder => new AttackSubject(folder, images, options.TimedCount))];
        var vote = new VotingDefence(members[0].Classes, Policy, [.. members.Select(member => member.Scores)]);
        AttackLoss[] alone = [new CrossEntropyLoss(), new LogitRatioLoss(), new MarginLoss()];
        JointLoss[] together = [new ClampedRatioLoss(), new LeastRatioLoss(), new MemberSumLoss()];
        Samples membersTime = new(), voteTime = new();
        List<RobustnessResult> results = [];
        for (var round = 0; round < options.Rounds; round++)
        {
            RobustnessBenchmark.Progress($"votes: round {round + 1}");
            results.ForEach(result => result.Dispose());
            results.Clear();
            membersTime.Add(Timed(() => results.AddRange(members.Select(member => Attacked(member.Defence, [.. alone.Select(loss => new AutoPgd(loss))])))));
            voteTime.Add(Timed(() => results.Add(Attacked(vote, [.. together.Select(loss => new JointAutoPgd(Policy, loss))]))));
        }

        output.WriteLine($"{members.Count} members ({string.Join(", ", options.Members.Select(Folders.Last))}), {options.Subjects[0].Name}, {members[0].Labels.shape[0]} images; APGD of 100 steps by {alone.Length} losses, on what is left; one thread, processor time; medians of {options.Rounds} rounds in turn.\n");
        output.WriteLine("| | robust | gradients of a member | other passes | seconds | of the members' |\n|---|---:|---:|---:|---:|---:|");
        Row("members, once each", string.Join(", ", results.SkipLast(1).Select(result => Line($"{result.RobustAccuracy:P1}"))), results.SkipLast(1), membersTime);
        Row("every majority", Line($"{results[^1].RobustAccuracy:P1}"), results.TakeLast(1), voteTime);
        output.WriteLine();
        results.ForEach(result => result.Dispose());
        members.ForEach(member => member.Dispose());

        RobustnessResult Attacked(IDefence defence, IReadOnlyList<Attack> attacks) => AutoAttack.Evaluate(defence, members[0].Images, members[0].Labels, threat, attacks);

        void Row(string name, string robust, IEnumerable<RobustnessResult> attacked, Samples time)
        {
            var cost = attacked.SelectMany(result => result.Attacks).Aggregate(default(AttackCost), (sum, attack) => sum + attack.Cost);
            output.WriteLine(Line($"| {name} | {robust} | {cost.Gradients} | {cost.Queries} | {time.Median:F1} [{time.Least:F1}-{time.Most:F1}] | {time.Median / membersTime.Median:F2} |"));
        }
    }

    private static double Timed(Action work)
    {
        var clock = MeasureClock.For(1);
        var begun = clock.Seconds;
        work();
        return clock.Seconds - begun;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
