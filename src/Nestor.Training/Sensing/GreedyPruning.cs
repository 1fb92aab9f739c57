using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Drops a factor's columns up to the penalty's threshold, <c>2 sqrt(β)</c> for the smoothed one.</summary>
/// <remarks>Rajaraman et al. 2023 (arXiv 2303.11453). No certificate, no pruning: a plateau looks like an end to whoever only counts columns.</remarks>
public static class GreedyPruning
{
    /// <summary>Prunes what a descent found, if its certificate holds.</summary>
    public static PrunedFactor Prune(DescentResult descent)
    {
        if (!descent.Certificate.Holds)
            return new PrunedFactor(descent.Factor.clone(), descent.Certificate);
        var norms = ColumnNorms.Of(descent.Factor);
        var kept = Enumerable.Range(0, norms.Length).Where(j => norms[j] > descent.Penalty.Threshold).OrderByDescending(j => norms[j]).ToList();
        return new PrunedFactor(ColumnNorms.Select(descent.Factor, kept), descent.Certificate);
    }

    /// <summary>The longest columns, whatever the others are like: what pruning to a given number does, for pruning curves.</summary>
    /// <param name="factor">(d, k).</param>
    /// <param name="columns">From 1 to k.</param>
    /// <returns>(d, columns), the longest first.</returns>
    public static Tensor KeepLargest(Tensor factor, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, factor.shape[1]);
        var norms = ColumnNorms.Of(factor);
        return ColumnNorms.Select(factor, [.. Enumerable.Range(0, norms.Length).OrderByDescending(j => norms[j]).Take(columns)]);
    }
}
