using System.Globalization;
using Nestor.Inference.Measurement;
using Nestor.Training.Robustness;
using static TorchSharp.torch;

namespace Nestor.Bench.Robustness;

/// <summary>Seconds of the standard evaluation for each robust image, against the same attacks written straightforwardly and against the program of their authors.</summary>
internal static class AttackSpeedTable
{
    private const ulong Seed = 1;

    /// <summary>A program that evaluates images.</summary>
    /// <param name="Name">What the table calls it.</param>
    /// <param name="Images">How many images it evaluates.</param>
    /// <param name="Evaluate">Evaluates them; gives the robust ones and its processor time.</param>
    private sealed record Side(string Name, int Images, Func<(int Robust, double Seconds)> Evaluate);

    public static void Run(RobustnessOptions options, TextWriter output)
    {
        output.WriteLine("## Time\n");
        output.WriteLine($"One thread, processor time; medians of {options.Rounds} rounds, in which all sides take turns. Straightforward: the same attacks written in TorchSharp as their papers read, every attack and target on every image, and planes found by sorting.\n");
        foreach (var text in options.Subjects)
        {
            using var scope = NewDisposeScope();
            using var subject = new AttackSubject(text.Folder, text.Images, options.TimedCount);
            List<Side> sides = [.. Sides(text, subject, options)];
            var times = sides.ConvertAll(_ => new Samples());
            var robust = new int[sides.Count];
            for (var round = 0; round < options.Rounds; round++)
            {
                foreach (var (i, side) in sides.Index())
                {
                    RobustnessBenchmark.Progress($"time: {text.Name}, round {round + 1}, {side.Name}");
                    (robust[i], var seconds) = side.Evaluate();
                    times[i].Add(seconds);
                }
            }

            var each = times.Select((time, i) => time.Median / robust[i]).ToArray();
            output.WriteLine($"### {text.Name}\n\n| | images | robust | seconds | seconds per robust image | of Nestor's |\n|---|---:|---:|---:|---:|---:|");
            foreach (var (i, side) in sides.Index())
                output.WriteLine(Line($"| {side.Name} | {side.Images} | {robust[i]} | {times[i].Median:F1} [{times[i].Least:F1}-{times[i].Most:F1}] | {each[i]:F2} | {each[i] / each[0]:F2} |"));
            output.WriteLine();
        }
    }

    private static IEnumerable<Side> Sides(SubjectText text, AttackSubject subject, RobustnessOptions options)
    {
        var (images, labels, count) = (subject.Images, subject.Labels, (int)subject.Images.shape[0]);
        var single = Math.Min(options.SingleCount, count);
        yield return new Side("Nestor", count, () => Timed(() =>
        {
            using var result = AutoAttack.Evaluate(subject.Defence, images, labels, text.Threat, options: new EvaluationOptions { Seed = (long)Seed });
            return result.IsRobust.Count(robust => robust);
        }));
        yield return new Side("straightforward, all images together", count, () => Timed(() => Straightforward(images, labels)));
        yield return new Side("straightforward, one image at a time", single, () => Timed(() => Enumerable.Range(0, single).Sum(image =>
        {
            using var scope = NewDisposeScope();
            return Straightforward(images.narrow(0, image, 1), labels.narrow(0, image, 1));
        })));
        if (options.Peer is { } peer)
        {
            yield return new Side("AutoAttack of its authors, PyTorch", count, () =>
            {
                var result = peer.Evaluate(text.Folder, images, labels, text.Threat, count);
                return (result.Robust.Count(robust => robust), result.Seconds);
            });
        }

        int Straightforward(Tensor pixels, Tensor answers)
        {
            using var random = new Generator(Seed, CPU);
            return new StraightforwardAutoAttack(subject.Scores, text.Threat.Epsilon, random).Evaluate(pixels, answers).Count(robust => robust);
        }
    }

    private static (int Robust, double Seconds) Timed(Func<int> evaluate)
    {
        var clock = MeasureClock.For(1);
        var begun = clock.Seconds;
        var robust = evaluate();
        return (robust, clock.Seconds - begun);
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
