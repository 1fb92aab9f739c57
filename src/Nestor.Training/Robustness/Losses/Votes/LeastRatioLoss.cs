using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The ratio of the member that is furthest from a wrong answer: positive once all are wrong at the same point.</summary>
/// <param name="Members">Which members.</param>
public sealed record LeastRatioLoss(MemberSet Members) : AttackLoss
{
    /// <inheritdoc/>
    public override string Name => $"least ratio of {Members}";

    internal override void Validate(int classes) => MemberRatios.Validate(classes);

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) => MemberRatios.Of(logits, labels, Members).amin([0]);
}
