using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The ratio of one rank: positive once that many members are wrong, whichever they are.</summary>
/// <param name="Rank">1 for the largest.</param>
public sealed record RankedRatioLoss(int Rank) : AttackLoss
{
    /// <inheritdoc/>
    public override string Name => $"ratio of rank {Rank}";

    internal override void Validate(int classes) => MemberRatios.Validate(classes);

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) =>
        MemberRatios.Of(logits, labels, MemberSet.All).topk(Rank, 0).values.select(0, Rank - 1);
}
