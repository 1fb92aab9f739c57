using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness;

/// <summary>How members' scores become one list of scores, instead of a vote.</summary>
/// <param name="Name">The name in reports.</param>
public abstract record Aggregation(string Name)
{
    /// <summary>The scores of the whole.</summary>
    /// <param name="logits">(n, classes) of each member.</param>
    /// <returns>(n, classes), differentiable in those of the members.</returns>
    public abstract Tensor Combine(IReadOnlyList<Tensor> logits);
}

/// <summary>The mean of the members' probabilities, as its logarithm.</summary>
public sealed record MeanProbability() : Aggregation("mean of probabilities")
{
    /// <inheritdoc/>
    public override Tensor Combine(IReadOnlyList<Tensor> logits) => stack(logits.Select(scores => log_softmax(scores, 1)), 0).logsumexp(0) - Math.Log(logits.Count);
}

/// <summary>The median of the members' probabilities of each class, as its logarithm; of an even number the lower one.</summary>
public sealed record MedianProbability() : Aggregation("median of probabilities")
{
    /// <inheritdoc/>
    public override Tensor Combine(IReadOnlyList<Tensor> logits) => stack(logits.Select(scores => log_softmax(scores, 1)), 0).sort(0).Values.select(0, (logits.Count - 1) / 2);
}

/// <summary>The mean of the members' scores, each divided by a temperature so that their scales are alike.</summary>
/// <param name="Temperatures">One for each member; see <see cref="Temperature.Of"/>.</param>
public sealed record MeanScore(IReadOnlyList<double> Temperatures) : Aggregation("mean of calibrated scores")
{
    /// <inheritdoc/>
    public override Tensor Combine(IReadOnlyList<Tensor> logits) => stack(logits.Zip(Temperatures, (scores, temperature) => scores / temperature), 0).mean([0]);
}
