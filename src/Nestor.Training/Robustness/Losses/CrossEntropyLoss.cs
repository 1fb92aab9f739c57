using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Losses;

/// <summary>Cross-entropy of the first member: <c>logsumexp(z) − z_y</c>.</summary>
public sealed record CrossEntropyLoss : AttackLoss
{
    /// <inheritdoc/>
    public override string Name => "CE";

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets) => cross_entropy(logits[0], labels, reduction: nn.Reduction.None);
}
