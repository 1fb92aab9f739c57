using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Models whose scores are combined instead of counted: what a vote has to be compared with.</summary>
/// <remarks>Attacks see the scores of every member, as they do of a vote, so that the same attacks can be tried on both; see <see cref="Whole"/> for attacks on the combined scores.</remarks>
/// <param name="classes">The number of classes.</param>
/// <param name="aggregation">How scores are combined.</param>
/// <param name="members">Each scores the classes of images, (n, channels, height, width) in pixels from 0 to 1, as (n, classes).</param>
public sealed class AggregateDefence(int classes, Aggregation aggregation, IReadOnlyList<Func<Tensor, Tensor>> members) : IDefence
{
    /// <inheritdoc/>
    public int Classes => classes;

    /// <inheritdoc/>
    public int Members => members.Count;

    /// <summary>The same defence as one model with the combined scores.</summary>
    public ModelDefence Whole => new(classes, images => aggregation.Combine(Logits(images)));

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Logits(Tensor images) => [.. members.Select(member => member(images))];

    /// <inheritdoc/>
    public Tensor Logits(Tensor images, int member) => members[member](images);

    /// <inheritdoc/>
    public Tensor IsCorrect(IReadOnlyList<Tensor> logits, Tensor labels) => aggregation.Combine(logits).argmax(1).eq(labels);

    /// <summary>How many models, and how their scores are combined.</summary>
    public override string ToString() => $"{members.Count} models, {aggregation.Name}";
}
