using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The sum of the members' ratios, each clamped once its member is wrong, so that the others get the whole gradient.</summary>
/// <param name="Members">Which members.</param>
public sealed record ClampedRatioLoss(MemberSet Members) : AttackLoss
{
    /// <inheritdoc/>
    public override string Name => $"clamped ratios of {Members}";

    internal override void Validate(int classes) => MemberRatios.Validate(classes);

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) =>
        MemberRatios.Of(logits, labels, Members).clamp(max: MemberRatios.Enough).sum([0]);
}
