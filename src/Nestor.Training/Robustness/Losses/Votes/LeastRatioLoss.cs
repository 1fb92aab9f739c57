using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The ratio of the member that is furthest from a wrong answer: positive once all are wrong at the same point.</summary>
public sealed record LeastRatioLoss : JointLoss
{
    /// <inheritdoc/>
    public override string Name => "least ratio";

    internal override void Validate(int classes) => JointRatios.Validate(classes);

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) => JointRatios.Of(logits, labels, targets, Agreeing).amin([0]);
}
