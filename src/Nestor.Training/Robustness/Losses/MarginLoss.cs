using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses;

/// <summary>Margin of the first member: <c>max_{j≠y} z_j − z_y</c>, positive where it is wrong.</summary>
/// <remarks>Carlini and Wagner 2017 (arXiv 1608.04644), f6.</remarks>
public sealed record MarginLoss : AttackLoss
{
    /// <inheritdoc/>
    public override string Name => "margin";

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) => LargestOther(logits[0], labels) - ScoreOf(logits[0], labels);
}
