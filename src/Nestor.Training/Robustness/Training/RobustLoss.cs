using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Training;

/// <summary>What a robust training step minimises at an image and its worst neighbour, and what that neighbour maximises.</summary>
public abstract record RobustLoss
{
    /// <summary>Whether the search begins next to the image, because what is maximised has no slope at it; otherwise anywhere in the ball.</summary>
    internal abstract bool BeginsNearby { get; }

    /// <summary>Whether the scores of the images themselves are read; where they are not, they are not computed.</summary>
    internal virtual bool ReadsClean => true;

    /// <summary>What the neighbour maximises, (n).</summary>
    /// <param name="clean">(n, classes) scores of the images, without gradients; null where they are not read.</param>
    /// <param name="moved">(n, classes) scores of the neighbours.</param>
    /// <param name="labels">(n), int64.</param>
    internal abstract Tensor Sought(Tensor? clean, Tensor moved, Tensor labels);

    /// <summary>What the step minimises: a scalar.</summary>
    /// <param name="clean">(n, classes) scores of the images; null where they are not read.</param>
    /// <param name="moved">(n, classes) scores of the neighbours.</param>
    /// <param name="labels">(n), int64.</param>
    internal abstract Tensor Of(Tensor? clean, Tensor moved, Tensor labels);

    private protected static Tensor CrossEntropy(Tensor scores, Tensor labels) => cross_entropy(scores, labels, reduction: nn.Reduction.None);

    /// <summary>Kullback-Leibler divergence of the neighbours' probabilities from the images', (n): <c>Σ p (log p − log p')</c>.</summary>
    private protected static Tensor Divergence(Tensor clean, Tensor moved)
    {
        var logits = log_softmax(clean, 1);
        return (logits.exp() * (logits - log_softmax(moved, 1))).sum([1]);
    }
}
