namespace Nestor.Training.Pruning;

/// <summary>Keeps the units whose joint norm is above a number.</summary>
/// <param name="Norm">The number; 2 sqrt(beta) for a smoothed penalty.</param>
/// <remarks>Rajaraman et al. 2023 (arXiv 2303.11453): greedy pruning of columns below an explicit threshold.</remarks>
public sealed record FixedThreshold(double Norm) : WidthThreshold
{
    private protected override int Count(double[] sorted) => sorted.Count(norm => norm > Norm);
}
