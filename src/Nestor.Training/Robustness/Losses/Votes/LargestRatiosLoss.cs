using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The sum of the largest clamped ratios: at each point it pushes the members that are nearest to falling.</summary>
/// <param name="Count">How many members.</param>
public sealed record LargestRatiosLoss(int Count) : AttackLoss
{
    /// <inheritdoc/>
    public override string Name => $"largest {Count} ratios";

    internal override void Validate(int classes) => JointRatios.Validate(classes);

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) =>
        JointRatios.Of(logits, labels, targets: null).topk(Count, 0).values.clamp(max: JointRatios.Enough).sum([0]);
}
