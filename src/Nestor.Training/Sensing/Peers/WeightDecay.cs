using static TorchSharp.torch;

namespace Nestor.Training.Sensing.Peers;

/// <summary>Weight decay on a factor, <c>μ ‖U‖²</c>: the trace norm of UUᵀ, which finds the rank and spreads it over all columns.</summary>
/// <param name="Strength">μ.</param>
public sealed record WeightDecay(double Strength) : ColumnPenalty
{
    /// <summary>It leaves no column at zero, so there is nothing to cut at.</summary>
    public override double Threshold => 0;

    /// <inheritdoc/>
    public override double HoldAtOrigin => Strength;

    /// <inheritdoc/>
    public override double Value(Tensor factor)
    {
        var sum = 0.0;
        foreach (var entry in TensorMemory.Doubles(factor))
            sum += entry * entry;
        return Strength * sum;
    }

    /// <summary>Adds <c>2 μ U</c>.</summary>
    public override void AddGradient(Tensor factor, Tensor gradient) => gradient.add_(factor, alpha: 2 * Strength);

    internal override IEnumerable<string> Problems()
    {
        if (!(Strength >= 0) || !double.IsFinite(Strength))
            yield return $"the weight decay is {Strength} and must be 0 or more";
    }
}
