using Nestor.Training.Vision;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Certification;

/// <summary>What interval bounds prove of networks and of their vote: no attack within epsilon can change it.</summary>
public static class CertifiedVote
{
    /// <summary>Whether a network certainly gives each image's right answer, (n).</summary>
    /// <param name="net">The network.</param>
    /// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="epsilon">How far images may be moved, in the infinity norm.</param>
    public static bool[] IsCertain(PlainNet net, Tensor images, Tensor labels, double epsilon)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var box = PixelNormalization.Of(net.Config, net.Device).Apply(Interval.Around(images, epsilon));
        var worst = net.WorstMargins(box, labels, net.Config.FullWidths);
        var others = worst.scatter(1, labels.unsqueeze(1), full(labels.shape[0], 1, double.NegativeInfinity, dtype: ScalarType.Float32, device: worst.device)).amax([1]);
        return others.lt(0).cpu().data<bool>().ToArray();
    }

    /// <summary>The share of images at which a committee's vote is certainly right.</summary>
    /// <param name="members">The members, the most trusted first.</param>
    /// <param name="policy">How they vote.</param>
    /// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="epsilon">How far images may be moved, in the infinity norm.</param>
    /// <remarks>A member is certain of its own answer, right or wrong; its bounds are asked for that answer.</remarks>
    public static double Accuracy(IReadOnlyList<PlainNet> members, VotePolicy policy, Tensor images, Tensor labels, double epsilon)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var right = labels.cpu().data<long>().ToArray();
        var answers = members.Select(net => PixelScores.Of(net, net.Config.FullWidths)(images).argmax(1)).ToList();
        var votes = answers.Select(answer => answer.cpu().data<long>().Select(label => (int)label).ToArray()).ToList();
        var certain = members.Zip(answers, (net, answer) => IsCertain(net, images, answer, epsilon)).ToList();
        var certified = Enumerable.Range(0, right.Length).Count(i => VoteCertificate.Certain(policy, [.. votes.Select(vote => vote[i])], [.. certain.Select(flags => flags[i])]) == right[i]);
        return certified / (double)right.Length;
    }
}
