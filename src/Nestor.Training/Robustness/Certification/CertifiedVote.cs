using System.Collections.Immutable;
using Nestor.Models;
using Nestor.Training.Vision;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Certification;

/// <summary>What interval bounds prove of networks and of their vote: no attack within epsilon can change it.</summary>
public static class CertifiedVote
{
    private const int Batch = 250;

    /// <summary>Whether a network certainly gives each image's right answer, (n).</summary>
    /// <param name="net">The network.</param>
    /// <param name="plan">Widths, one per layer.</param>
    /// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="threat">What an attacker may do. The Euclidean ball lies in that of the infinity norm, whose bounds hold for both.</param>
    public static bool[] IsCertain(PlainNet net, WidthPlan plan, Tensor images, Tensor labels, Threat threat)
    {
        using var quiet = no_grad();
        return [.. Enumerable.Range(0, (int)images.shape[0]).Chunk(Batch).SelectMany(rows =>
        {
            using var scope = NewDisposeScope();
            var answers = labels.narrow(0, rows[0], rows.Length);
            var box = PixelNormalization.Of(net.Config, net.Device).Apply(Interval.Around(images.narrow(0, rows[0], rows.Length), threat.Epsilon));
            var worst = net.WorstMargins(box, answers, plan);
            var others = worst.scatter(1, answers.unsqueeze(1), full(rows.Length, 1, double.NegativeInfinity, dtype: ScalarType.Float32, device: worst.device)).amax([1]);
            return others.lt(0).cpu().data<bool>().ToArray();
        })];
    }

    /// <summary>Which images members and their vote certainly answer rightly.</summary>
    /// <param name="members">The members, the most trusted first.</param>
    /// <param name="policy">How they vote.</param>
    /// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="threat">What an attacker may do.</param>
    /// <remarks>
    /// A member is certain of its own answer, right or wrong; its bounds are asked for that answer. A member without bounds is never certain, and its vote may become any
    /// (<see cref="VoteCertificate"/>).
    /// </remarks>
    public static CertifiedResult Of(IReadOnlyList<CertifiedMember> members, VotePolicy policy, Tensor images, Tensor labels, Threat threat)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var right = labels.cpu().data<long>().ToArray();
        var answers = members.Select(member => member.Scores(images).argmax(1)).ToList();
        var votes = answers.Select(answer => answer.cpu().data<long>().Select(label => (int)label).ToArray()).ToList();
        var certain = members.Zip(answers, (member, answer) => member.IsCertain?.Invoke(images, answer, threat)).ToList();
        var isVote = Enumerable.Range(0, right.Length).Select(i =>
            VoteCertificate.Certain(policy, [.. votes.Select(vote => vote[i])], [.. certain.Select(flags => flags?[i] == true)]) == right[i]);
        return new CertifiedResult(
            [.. certain.Zip(votes, (flags, vote) => flags is null ? (ImmutableArray<bool>?)null : [.. right.Select((label, i) => flags[i] && vote[i] == label)])], [.. isVote]);
    }
}
