using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses;

/// <summary>Difference of logits ratio (DLR) of the first member: <c>(max_{j≠y} z_j − z_y) / (z_π1 − z_π3)</c>, π sorting the scores from the largest.</summary>
/// <remarks>Croce and Hein 2020 (arXiv 2003.01690), eq. 6. Neither a shift nor a positive factor on the scores changes it.</remarks>
public sealed record LogitRatioLoss : AttackLoss
{
    private const double Tiny = 1e-12;

    /// <inheritdoc/>
    public override string Name => "DLR";

    internal override void Validate(int classes)
    {
        if (classes < 3)
            throw new NestorException($"The ratio of logit differences (DLR) needs three classes or more; this defence has {classes}. Attack its margin or cross-entropy.");
    }

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets)
    {
        var scores = logits[0];
        var sorted = scores.topk(3, 1).values;                                                          // (n, 3)
        return (LargestOther(scores, labels) - ScoreOf(scores, labels)) / (sorted.select(1, 0) - sorted.select(1, 2) + Tiny);
    }
}
