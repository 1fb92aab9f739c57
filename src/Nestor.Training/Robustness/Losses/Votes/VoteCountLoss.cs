using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The most votes for a wrong class less the votes for the right one: all that is seen of a committee that shows nothing but its votes.</summary>
/// <remarks>A whole number with plateaus and a gradient of zero; only for attacks that need no gradients.</remarks>
public sealed record VoteCountLoss : AttackLoss
{
    /// <inheritdoc/>
    public override string Name => "votes";

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets)
    {
        var counts = stack(logits.Select(scores => nn.functional.one_hot(scores.argmax(1), scores.shape[1])), 0).sum([0]).to(logits[0].dtype);   // (n, classes)
        return LargestOther(counts, labels) - ScoreOf(counts, labels) + 0 * logits.Aggregate(zeros_like(labels, logits[0].dtype), (sum, scores) => sum + scores.sum([1]));
    }
}
