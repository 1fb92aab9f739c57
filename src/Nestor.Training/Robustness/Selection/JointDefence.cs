using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Selection;

/// <summary>Models of which one right answer is enough: broken where one perturbation makes all of them wrong at once.</summary>
/// <param name="classes">The number of classes.</param>
/// <param name="members">Each scores the classes of images, (n, channels, height, width) in pixels from 0 to 1, as (n, classes).</param>
public sealed class JointDefence(int classes, IReadOnlyList<Func<Tensor, Tensor>> members) : IDefence
{
    /// <inheritdoc/>
    public int Classes => classes;

    /// <inheritdoc/>
    public int Members => members.Count;

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Logits(Tensor images) => [.. members.Select(member => member(images))];

    /// <inheritdoc/>
    public Tensor Logits(Tensor images, int member) => members[member](images);

    /// <inheritdoc/>
    public Tensor IsCorrect(IReadOnlyList<Tensor> logits, Tensor labels) => stack(logits.Select(scores => scores.argmax(1).eq(labels)), 0).any(0);
}
