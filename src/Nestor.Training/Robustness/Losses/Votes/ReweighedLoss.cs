using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>Cross-entropy of the near vote mixed with the scores of the members that still answer rightly, each weighed by how much its change would change the vote.</summary>
/// <param name="MemberShare">The share of the members' scores, 0 to 1; the rest is the vote's.</param>
/// <remarks>
/// MORA (Yu et al., NeurIPS 2022), its model of voting: weights <c>p_c (p_y / P_y + (1 − p_c) / P_c)</c> of softened probabilities p of a member and their mean P, where c is
/// the most probable wrong class. Weights, scales and masks are constants to the gradient; the climb is APGD's in place of the published schedule.
/// </remarks>
public sealed record ReweighedLoss(double MemberShare) : AttackLoss
{
    // The gap that a near vote gives a member's two largest scores, the largest gap that a member keeps, and the factor before softened probabilities.
    private const double VoteGap = 10, LargestGap = 10, Softness = 0.8, Tiny = 1e-12;

    /// <inheritdoc/>
    public override string Name => FormattableString.Invariant($"reweighed scores {MemberShare}");

    internal override void Validate(int classes)
    {
        base.Validate(classes);
        if (!(MemberShare is >= 0 and <= 1))
            throw new NestorException($"A share of {MemberShare} of the members' scores was asked for; it is from 0 to 1.");
    }

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets)
    {
        var scores = stack(logits, 0);                                                                  // (members, n, classes)
        var gaps = Gap(scores);                                                                         // (members, n, 1)
        var vote = softmax(scores * (VoteGap / (gaps + Tiny)), 2).mean([0]);                            // (n, classes)
        var scaled = scores * (LargestGap / (gaps.amax([0], keepdim: true) + Tiny)).clamp(max: 1);
        var weights = Weights(scaled.detach(), labels) * scores.argmax(2).eq(labels).to(scores.dtype);  // (members, n)
        var members = (weights.unsqueeze(2) * scaled).sum([0]) / (weights.sum([0]).unsqueeze(1) + Tiny);
        return cross_entropy((1 - MemberShare) * vote / (Gap(vote) + Tiny) + MemberShare * members, labels, reduction: nn.Reduction.None);
    }

    private static Tensor Weights(Tensor scores, Tensor labels)
    {
        var each = softmax(Softness * scores, 2);
        var mean = each.mean([0]);                                                                      // (n, classes)
        var rival = mean.scatter(1, labels.unsqueeze(1), zeros(labels.shape[0], 1, dtype: mean.dtype, device: mean.device)).argmax(1);
        var (right, wrong) = (At(each, labels), At(each, rival));                                       // (members, n)
        return wrong * (right / (ScoreOf(mean, labels) + Tiny) + (1 - wrong) / (ScoreOf(mean, rival) + Tiny));
    }

    private static Tensor At(Tensor each, Tensor classes) => each.gather(2, classes.view(1, -1, 1).expand(each.shape[0], -1, 1)).squeeze(2);

    private static Tensor Gap(Tensor scores)
    {
        var two = scores.detach().topk(2, -1).values;
        return two.narrow(-1, 0, 1) - two.narrow(-1, 1, 1);
    }
}
