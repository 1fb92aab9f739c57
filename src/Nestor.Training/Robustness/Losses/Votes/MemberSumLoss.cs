using System.Collections.Immutable;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The sum of the members' cross-entropies.</summary>
/// <param name="Members">Which members; all where it is empty.</param>
public sealed record MemberSumLoss(ImmutableArray<int> Members) : AttackLoss
{
    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets)
    {
        var members = Members.IsDefaultOrEmpty ? Enumerable.Range(0, logits.Count) : Members;
        return stack(members.Select(member => cross_entropy(logits[member], labels, reduction: nn.Reduction.None)), 0).sum([0]);
    }
}
