using System.CommandLine;
using System.Globalization;
using Nestor.Inference.Measurement;
using Nestor.Training;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Bench.Robustness;

/// <summary>What each attack on a vote finds and costs, and what coalitions cost one at a time, all at once, and beside the members alone.</summary>
internal static class VoteAttackBenchmark
{
    /// <summary>Reads the arguments that follow the verb, measures, prints a Markdown page and writes it.</summary>
    public static int RunFrom(string[] arguments)
    {
        var members = new Argument<string[]>("MODEL") { Description = "Folders of the members, the most trusted first.", Arity = ArgumentArity.OneOrMore };
        var images = new Option<string>("--images") { Description = "Images whose test part is attacked.", Required = true };
        var epsilon = new Option<string>("--epsilon") { Description = "The largest change, such as 8/255.", Required = true };
        var trusted = new Option<bool>("--trusted") { Description = "The most trusted member decides ties; otherwise a tie is no answer." };
        var count = new Option<int>("--count") { Description = "Images.", DefaultValueFactory = _ => 250 };
        var steps = new Option<int>("--steps") { Description = "Steps of each climb.", DefaultValueFactory = _ => 100 };
        var queries = new Option<int>("--queries") { Description = "Queries of the square attack.", DefaultValueFactory = _ => 5000 };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of the time of coalitions; 0 for none.", DefaultValueFactory = _ => 3 };
        var output = new Option<string>("--out") { Description = "File to write.", DefaultValueFactory = _ => Path.Combine("bench", "results", "votes.md") };
        var command = new RootCommand("Measures attacks on votes.") { members, images, epsilon, trusted, count, steps, queries, rounds, output };
        command.SetAction(parsed =>
        {
            TorchRuntime.EnsureLoaded();
            set_num_threads(1);
            using var scope = NewDisposeScope();
            VotePolicy policy = parsed.GetValue(trusted) ? new TrustedPlurality() : new StrictPlurality();
            AttackSubject[] subjects = [.. parsed.GetRequiredValue(members).Select(folder => new AttackSubject(folder, parsed.GetRequiredValue(images), parsed.GetValue(count)))];
            var threat = new SubjectText(parsed.GetRequiredValue(members)[0], parsed.GetRequiredValue(images), parsed.GetRequiredValue(epsilon)).Threat;
            var page = new StringWriter(CultureInfo.InvariantCulture);
            page.WriteLine($"# Attacks on votes\n\nCommand: `dotnet run -c Release --project bench/Nestor.Bench -- votes {string.Join(' ', arguments.Select(argument => Folders.Last(argument)))}`\n\n{Machine.Description}.");
            page.WriteLine(Machine.OthersDuring(() =>
            {
                Yields(page, subjects, policy, threat, parsed.GetValue(steps), parsed.GetValue(queries));
                if (parsed.GetValue(rounds) > 0)
                    Times(page, subjects, policy, threat, parsed.GetValue(steps), parsed.GetValue(rounds));
            }));
            File.WriteAllText(parsed.GetRequiredValue(output), page.ToString());
            Console.WriteLine(page);
            foreach (var subject in subjects)
                subject.Dispose();
        });
        return command.Parse(arguments).Invoke();
    }

    private static void Yields(TextWriter page, AttackSubject[] subjects, VotePolicy policy, Threat threat, int steps, int queries)
    {
        page.WriteLine("\n## What each attack finds\n\nEach attack by itself on every image that is answered rightly, and what is left after it and all above it. Gradients and queries are passes of an image through one member. Processor time of one thread.\n");
        var vote = Vote(subjects, policy);
        var left = Array.Empty<bool>();
        page.WriteLine("| attack | broken by itself | left, all attacks so far | gradients | queries | seconds |\n|---|---:|---:|---:|---:|---:|");
        RobustnessResult[] alone = [.. subjects.Select(subject => AutoAttack.Evaluate(subject.Defence, subject.Images, subject.Labels, threat, AutoAttack.Climbs(subject.Classes, steps)))];
        var found = new FoundStart("the members", [.. alone.Select(result => result.Images)]);
        var standard = VoteAttack.Standard(policy, subjects.Length, steps, queries);
        foreach (var attack in standard.Concat(VoteAttack.From(found, standard)))
        {
            RobustnessBenchmark.Progress(attack.Name);
            var (robust, cost, seconds) = Timed(vote, subjects[0], threat, [attack]);
            left = left.Length == 0 ? robust : [.. left.Zip(robust, (one, other) => one && other)];
            page.WriteLine(Line($"| {attack.Name} | {robust.Count(isRobust => !isRobust)} | {left.Count(isRobust => isRobust)} | {cost.Gradients} | {cost.Queries} | {seconds:F1} |"));
        }

        foreach (var result in alone)
            result.Dispose();
    }

    private static void Times(TextWriter page, AttackSubject[] subjects, VotePolicy policy, Threat threat, int steps, int rounds)
    {
        AttackLoss[] alone = [new LogitRatioLoss(), new MarginLoss(), new CrossEntropyLoss()];
        JointLoss[] joint = [new ClampedRatioLoss(), new LeastRatioLoss(), new MemberSumLoss()];
        (string Name, Func<(long Gradients, double Seconds)> Run)[] sides =
        [
            ("each member alone, three losses", () => subjects.Select(subject => Spent(subject.Defence, [.. alone.Select(loss => new AutoPgd(loss) { Steps = steps })]))
                .Aggregate((one, other) => (one.Gradients + other.Gradients, one.Seconds + other.Seconds))),
            ("every coalition at once, three losses", () => Spent(Vote(subjects, policy), [.. joint.Select(loss => new JointAutoPgd(policy, loss) { Steps = steps })])),
            ("one coalition after the other, three losses", () => Spent(Vote(subjects, policy), [.. joint.Select(loss => new JointAutoPgd(policy, loss) { Steps = steps, AtOnce = 1 })])),
        ];
        var times = sides.Select(_ => new Samples()).ToArray();
        var gradients = new long[sides.Length];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (i, side) in sides.Index())
            {
                RobustnessBenchmark.Progress($"round {round + 1}, {side.Name}");
                (gradients[i], var seconds) = side.Run();
                times[i].Add(seconds);
            }
        }

        page.WriteLine(Line($"\n## What coalitions cost\n\nEvery attack on every image that is answered rightly; medians of {rounds} rounds in turns.\n"));
        page.WriteLine("| | gradients | seconds | of the members' |\n|---|---:|---:|---:|");
        foreach (var (i, side) in sides.Index())
            page.WriteLine(Line($"| {side.Name} | {gradients[i]} | {times[i].Median:F1} [{times[i].Least:F1}-{times[i].Most:F1}] | {times[i].Median / times[0].Median:F2} |"));
        page.WriteLine();

        // Each attack has all images, so that every side does the same climbs whatever the attacks before it found.
        (long Gradients, double Seconds) Spent(IDefence defence, Attack[] attacks) => attacks.Select(attack => Timed(defence, subjects[0], threat, [attack]))
            .Aggregate((Gradients: 0L, Seconds: 0.0), (sum, run) => (sum.Gradients + run.Cost.Gradients, sum.Seconds + run.Seconds));
    }

    private static (bool[] Robust, AttackCost Cost, double Seconds) Timed(IDefence defence, AttackSubject subject, Threat threat, IReadOnlyList<Attack> attacks)
    {
        var clock = MeasureClock.For(1);
        var begun = clock.Seconds;
        using var result = AutoAttack.Evaluate(defence, subject.Images, subject.Labels, threat, attacks);
        return ([.. result.IsRobust], result.Attacks.Aggregate(default(AttackCost), (sum, attack) => sum + attack.Cost), clock.Seconds - begun);
    }

    private static VotingDefence Vote(AttackSubject[] subjects, VotePolicy policy) => new(subjects[0].Classes, policy, [.. subjects.Select(subject => subject.Scores)]);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
