using System.Globalization;
using System.Runtime.InteropServices;
using Nestor.Inference.Measurement;
using Nestor.Training.Robustness;
using static TorchSharp.torch;

namespace Nestor.Bench.Robustness;

/// <summary>Nestor's AutoAttack and its authors' own, on the same weights and images: how many images are left after each attack, and on which images they differ.</summary>
internal static class AgreementTable
{
    private const int Batch = 250;

    public static void Run(RobustnessOptions options, TextWriter output)
    {
        output.WriteLine("## Against the AutoAttack of its authors\n");
        if (options.Peer is null)
        {
            output.WriteLine("It was not there; nothing is compared.\n");
            return;
        }

        output.WriteLine($"The standard version of both: APGD on cross-entropy, APGD-T, FAB-T, Square, each on what is left, {Batch} images at a time, one thread, seconds of processor time. Randomness differs, so images may too.\n");
        foreach (var subject in options.Subjects)
        {
            RobustnessBenchmark.Progress($"agreement: {subject.Name}");
            Compare(subject, options.Peer, options.Count, output);
        }
    }

    private static void Compare(SubjectText text, IndependentAutoAttack peer, int count, TextWriter output)
    {
        using var scope = NewDisposeScope();
        using var subject = new AttackSubject(text.Folder, text.Images, count);
        var clock = MeasureClock.For(1);
        var begun = clock.Seconds;
        using var ours = AutoAttack.Evaluate(subject.Defence, subject.Images, subject.Labels, text.Threat, options: new EvaluationOptions { Batch = Batch });
        var seconds = clock.Seconds - begun;
        var theirs = peer.Evaluate(text.Folder, subject.Images, subject.Labels, text.Threat, Batch, ours.Images);

        output.WriteLine($"### {text.Name}: {ours.IsRobust.Length} images\n");
        output.WriteLine($"| | clean | {string.Join(" | ", ours.Attacks.Select(attack => $"after {attack.Attack}"))} | standard error | seconds |\n|---|---:|{string.Concat(ours.Attacks.Select(_ => "---:|"))}---:|---:|");
        var total = (double)ours.IsRobust.Length;
        var left = ours.Attacks.Select(attack => (attack.Attacked - attack.Broken) / total);
        output.WriteLine(Line($"| Nestor | {ours.CleanAccuracy:P1} | {Shares(left)} | {ours.StandardError:P1} | {seconds:F0} |"));
        var (robust, standardError) = (Share(theirs.Robust), Math.Sqrt(Share(theirs.Robust) * (1 - Share(theirs.Robust)) / total));
        output.WriteLine(Line($"| AutoAttack {theirs.Commit}, PyTorch {theirs.Torch} | {Share(theirs.Clean):P1} | {Shares(ours.Attacks.Select((_, i) => theirs.Attacks.Take(i + 1).Select(attack => attack.Robust).LastOrDefault(Share(theirs.Clean))))} | {standardError:P1} | {theirs.Seconds:F0} |\n"));
        output.WriteLine(Line($"Largest difference between scores of unperturbed images: {LargestDifference(subject, theirs.Logits):G2}.\n"));
        Differences(ours, theirs, text.Threat, subject, output);
        output.WriteLine(Line($"Difference of robust accuracy: {100 * (ours.RobustAccuracy - robust):F2} points.{string.Concat(theirs.Warnings.Select(OneLine).Distinct().Select(warning => $"\n* It says: {warning}"))}\n"));

        string Shares(IEnumerable<double> shares) => string.Join(" | ", shares.Select(share => Line($"{share:P1}")));
    }

    /// <summary>Images that only one of them broke, and what the other network says of the image that it was moved to.</summary>
    private static void Differences(RobustnessResult ours, IndependentResult theirs, Threat threat, AttackSubject subject, TextWriter output)
    {
        int[] all = [.. Enumerable.Range(0, ours.IsRobust.Length)];
        int[] onlyOurs = [.. all.Where(i => !ours.IsRobust[i] && theirs.Robust[i])], onlyTheirs = [.. all.Where(i => ours.IsRobust[i] && !theirs.Robust[i])];
        var moved = tensor(theirs.Moved).view_as(subject.Images);
        var within = threat.Size(moved - subject.Images).flatten().le(threat.Epsilon + 1e-6);
        bool[] fooled = [.. AnswersWrongly(moved, subject).logical_and(within).data<bool>()];
        bool[] foolsThem = [.. theirs.Judged.Select(right => !right)];
        var (both, neither) = (all.Count(i => !ours.IsRobust[i] && !theirs.Robust[i]), all.Count(i => ours.IsRobust[i] && theirs.Robust[i]));
        output.WriteLine(Line($"Both find {both} images wrong or break them, neither {neither}. Nestor alone breaks {onlyOurs.Length}, of which {onlyOurs.Count(i => foolsThem[i])} as it moved them fool the network in PyTorch too; AutoAttack alone breaks {onlyTheirs.Length}, of which {onlyTheirs.Count(i => fooled[i])} fool it in Nestor too, within epsilon."));
        var (discordant, total) = (onlyOurs.Length + onlyTheirs.Length, all.Length);
        var paired = Math.Sqrt(discordant - Math.Pow(onlyOurs.Length - onlyTheirs.Length, 2) / total) / total;
        output.WriteLine(Line($"Standard error of the difference, paired by image: {100 * paired:F2} points.\n"));
    }

    private static Tensor AnswersWrongly(Tensor images, AttackSubject subject)
    {
        using var quiet = no_grad();
        return subject.Scores(images).argmax(1).ne(subject.Labels);
    }

    private static double LargestDifference(AttackSubject subject, float[] theirs)
    {
        using var quiet = no_grad();
        var ours = MemoryMarshal.Cast<byte, float>(subject.Scores(subject.Images).contiguous().bytes);
        var largest = 0.0;
        for (var i = 0; i < theirs.Length; i++)
            largest = Math.Max(largest, Math.Abs(ours[i] - theirs[i]));
        return largest;
    }

    private static double Share(bool[] flags) => flags.Count(flag => flag) / (double)flags.Length;

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
