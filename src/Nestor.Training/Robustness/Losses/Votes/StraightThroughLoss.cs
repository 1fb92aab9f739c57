using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The share of members that are wrong, a step function of the image, with the gradient of the mean of near votes in place of its own, which is zero.</summary>
/// <remarks>
/// Athalye et al. 2018 (arXiv 1802.00420), §4.1: forward the defence, backward something like it. It shows what attacking the vote itself gives: the value says nothing
/// about progress between two votes, so it finds less than losses of the scores do.
/// </remarks>
public sealed record StraightThroughLoss : AttackLoss
{
    private static readonly MeanProbabilityLoss NearVotes = new(Sharpness: 10);

    /// <inheritdoc/>
    public override string Name => "straight-through vote";

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets)
    {
        var near = NearVotes.Of(logits, labels, targets: null);
        var share = stack(logits.Select(scores => scores.argmax(1).ne(labels).to(scores.dtype)), 0).mean([0]);
        return share + near - near.detach();
    }
}
