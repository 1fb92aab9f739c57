using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses;

/// <summary>What an attack climbs: the larger, the nearer to a wrong answer.</summary>
public abstract record AttackLoss
{
    /// <summary>The loss's name in reports.</summary>
    public abstract string Name { get; }

    /// <summary>The loss of every image.</summary>
    /// <param name="logits">(n, classes) of each member.</param>
    /// <param name="labels">(n), int64: the right answers.</param>
    /// <param name="targets">(n), int64: the wrong answers that a targeted attack wants; others have none.</param>
    /// <returns>(n).</returns>
    internal abstract Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets);

    /// <summary>Checks that a defence has enough classes.</summary>
    /// <exception cref="NestorException">It has not.</exception>
    internal virtual void Validate(int classes)
    {
        if (classes < 2)
            throw new NestorException($"A defence with {classes} classes cannot be attacked; it needs at least two.");
    }

    /// <summary>The score of one class per image.</summary>
    /// <param name="scores">(n, classes).</param>
    /// <param name="labels">(n), int64.</param>
    /// <returns>(n).</returns>
    private protected static Tensor ScoreOf(Tensor scores, Tensor labels) => scores.gather(1, labels.unsqueeze(1)).squeeze(1);

    /// <summary>The largest score of any class but one.</summary>
    /// <param name="scores">(n, classes).</param>
    /// <param name="labels">(n), int64: the class left out.</param>
    /// <returns>(n).</returns>
    private protected static Tensor LargestOther(Tensor scores, Tensor labels) =>
        scores.scatter(1, labels.unsqueeze(1), full(labels.shape[0], 1, double.NegativeInfinity, dtype: scores.dtype, device: scores.device)).amax([1]);
}
