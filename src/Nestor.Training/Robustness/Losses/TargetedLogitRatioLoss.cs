using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses;

/// <summary>Targeted difference of logits ratio of the first member: <c>(z_t − z_y) / (z_π1 − (z_π3 + z_π4) / 2)</c>, π sorting the scores from the largest.</summary>
/// <remarks>Croce and Hein 2020 (arXiv 2003.01690), eq. 7.</remarks>
public sealed record TargetedLogitRatioLoss : AttackLoss
{
    private const double Tiny = 1e-12;

    /// <inheritdoc/>
    public override string Name => "targeted DLR";

    internal override void Validate(int classes)
    {
        if (classes < 4)
            throw new NestorException($"The targeted ratio of logit differences needs four classes or more; this defence has {classes}. Attack its margin or cross-entropy.");
    }

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets)
    {
        var scores = logits[0];
        var sorted = scores.topk(4, 1).values;                                                          // (n, 4)
        var scale = sorted.select(1, 0) - (sorted.select(1, 2) + sorted.select(1, 3)) / 2 + Tiny;
        return (ScoreOf(scores, targets!) - ScoreOf(scores, labels)) / scale;
    }
}
