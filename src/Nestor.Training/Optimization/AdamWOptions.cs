namespace Nestor.Training.Optimization;

/// <summary>The constants of <see cref="AdamW"/>.</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the running mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices, times the learning rate, per step; vectors (norms) do not decay.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>
    /// Leaves neurons that a narrow step did not reach out of momentum and decay, and corrects the bias of each neuron's moments by its
    /// own count of steps. Off, they drift on old momentum and decay in every step, as in the paper's setting.
    /// </summary>
    public bool SkipUntouchedNeurons { get; init; }

    internal IEnumerable<string> Problems()
    {
        if (Beta1 is not (>= 0 and < 1) || Beta2 is not (>= 0 and < 1))
            yield return $"the betas are {Beta1} and {Beta2} and must be from 0 to 1, exclusive";
        if (!(Epsilon > 0) || !double.IsFinite(Epsilon))
            yield return $"epsilon is {Epsilon} and must be positive";
        if (!(WeightDecay >= 0) || !double.IsFinite(WeightDecay))
            yield return $"the weight decay is {WeightDecay} and must be 0 or more";
    }
}
