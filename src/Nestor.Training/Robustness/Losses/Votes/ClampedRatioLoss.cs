using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The sum of the members' ratios, each clamped once its member is wrong, so that the others get the whole gradient.</summary>
public sealed record ClampedRatioLoss : JointLoss
{
    /// <inheritdoc/>
    public override string Name => "clamped ratios";

    internal override void Validate(int classes) => JointRatios.Validate(classes);

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) =>
        JointRatios.Of(logits, labels, targets, Agreeing).clamp(max: JointRatios.Enough).sum([0]);
}
