using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>One model that answers with its largest score.</summary>
/// <param name="classes">The number of classes.</param>
/// <param name="scores">Scores the classes of images, (n, channels, height, width) in pixels from 0 to 1, as (n, classes).</param>
public sealed class ModelDefence(int classes, Func<Tensor, Tensor> scores) : IDefence
{
    /// <inheritdoc/>
    public int Classes => classes;

    /// <inheritdoc/>
    public int Members => 1;

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Logits(Tensor images) => [scores(images)];

    /// <inheritdoc/>
    public Tensor IsCorrect(IReadOnlyList<Tensor> logits, Tensor labels) => logits[0].argmax(1).eq(labels);

    /// <inheritdoc/>
    public override string ToString() => "one model";
}
