using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The sum of the members' cross-entropies.</summary>
/// <param name="Members">Which members.</param>
public sealed record MemberSumLoss(MemberSet Members) : AttackLoss
{
    /// <inheritdoc/>
    public override string Name => $"sum of CE of {Members}";

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) =>
        stack(Members.Of(logits.Count).Select(member => cross_entropy(logits[member], labels, reduction: nn.Reduction.None)), 0).sum([0]);
}
