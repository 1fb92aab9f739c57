using System.Collections.Immutable;

namespace Nestor.MixNMatch;

/// <summary>The time that one layer takes of a decoded token at each width.</summary>
/// <param name="Widths">Neurons, rising.</param>
/// <param name="Milliseconds">The time at each width.</param>
public sealed record LayerTimes(ImmutableArray<int> Widths, ImmutableArray<double> Milliseconds);

/// <summary>A plan that the times were not taken from, predicted and measured.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Predicted">Milliseconds for a token by the table.</param>
/// <param name="Measured">Milliseconds for a token as measured.</param>
public sealed record TimeCheck(Models.WidthPlan Plan, double Predicted, double Measured)
{
    /// <summary>By how much the prediction is off, as a share of what was measured.</summary>
    public double Error => Predicted / Measured - 1;
}
