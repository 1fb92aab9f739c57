using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses;

/// <summary>The wrong classes of images, by the probabilities that members give them together.</summary>
internal static class WrongClasses
{
    /// <summary>The wrong class of a rank.</summary>
    /// <param name="logits">(n, classes) of each member.</param>
    /// <param name="labels">(n), int64: the right answers.</param>
    /// <param name="rank">0 for the most probable.</param>
    /// <returns>(n), int64.</returns>
    public static Tensor OfRank(IEnumerable<Tensor> logits, Tensor labels, int rank) => Scores(logits, labels).argsort(1, descending: true).select(1, rank);

    /// <summary>The most probable wrong class, (n), int64.</summary>
    /// <param name="logits">(n, classes) of each member.</param>
    /// <param name="labels">(n), int64: the right answers.</param>
    public static Tensor Nearest(IEnumerable<Tensor> logits, Tensor labels) => Scores(logits, labels).argmax(1);

    // (n, classes): sums of log-probabilities, the right class last.
    private static Tensor Scores(IEnumerable<Tensor> logits, Tensor labels)
    {
        var sums = stack(logits.Select(scores => nn.functional.log_softmax(scores.detach(), 1)), 0).sum([0]);
        return sums.scatter(1, labels.unsqueeze(1), full(labels.shape[0], 1, double.NegativeInfinity, dtype: sums.dtype, device: sums.device));
    }
}
