using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses;

/// <summary>Targeted margin of the first member: <c>z_t − z_y</c>, 0 on the boundary between the two classes.</summary>
public sealed record TargetedMarginLoss : AttackLoss
{
    /// <inheritdoc/>
    public override string Name => "targeted margin";

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) => ScoreOf(logits[0], targets!) - ScoreOf(logits[0], labels);
}
