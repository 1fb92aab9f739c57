using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>Cross-entropy of the mean of the members' probabilities.</summary>
/// <param name="Sharpness">
/// The gap that a member's two largest scores are given, so that its probabilities are nearly a vote; null leaves scores as they are. The vote's surrogate
/// of MORA (Yu et al., NeurIPS 2022) has a gap of 10.
/// </param>
/// <remarks>The first thing that must be tried on a vote, and far from enough.</remarks>
public sealed record MeanProbabilityLoss(double? Sharpness = null) : AttackLoss
{
    private const double Tiny = 1e-12;

    /// <inheritdoc/>
    public override string Name => Sharpness is null ? "mean probability" : "mean of near votes";

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets)
    {
        var mean = stack(logits.Select(scores => log_softmax(Sharpen(scores), 1)), 0).logsumexp(0);       // (n, classes), up to a constant
        return -ScoreOf(mean, labels) + Math.Log(logits.Count);
    }

    private Tensor Sharpen(Tensor scores)
    {
        if (Sharpness is not { } sharpness)
            return scores;
        var two = scores.detach().topk(2, 1).values;                                                    // (n, 2)
        return scores * (sharpness / (two.narrow(1, 0, 1) - two.narrow(1, 1, 1) + Tiny));
    }
}
