using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>
/// What tells a finished descent from a plateau: live columns orthogonal, dead ones gone, no direction left in which a column would grow, and the product at rest. A
/// constant number of live columns tells nothing: it rests at k, r + 1 and r + 2 on the way to r.
/// </summary>
/// <param name="Live">Columns above the threshold.</param>
/// <param name="LargestCosine">Largest |cos| between two live columns; 0 for fewer than two.</param>
/// <param name="LargestDead">Largest norm of a dead column, as a share of the threshold; 0 for none.</param>
/// <param name="Growth">The steepest way down for a new column as a share of what the penalty holds against: from 1 on, a column would leave the origin.</param>
/// <param name="Change">Relative change of UUᵀ since the check before; infinite if that one did not find the columns apart.</param>
/// <remarks>
/// Derived from the stationary points of the penalised loss: two live columns are orthogonal there or of equal length, and equal parallel columns are a saddle. The growth
/// is the largest eigenvalue of −∂L/∂X over <see cref="ColumnPenalty.HoldAtOrigin"/>, the second-order condition at a column that is zero.
/// </remarks>
public sealed record OrthogonalityCertificate(int Live, double LargestCosine, double LargestDead, double Growth, double Change)
{
    private const double MostCosine = 0.2, MostDead = 0.05, MostChange = 2e-3;

    /// <summary>Whether live columns are orthogonal, dead ones gone, and no column would grow.</summary>
    public bool ColumnsAreApart => Live > 0 && LargestCosine < MostCosine && LargestDead < MostDead && Growth < 1;

    /// <summary>Whether the factor may be pruned.</summary>
    public bool Holds => ColumnsAreApart && Change < MostChange;

    /// <summary>Why it does not hold, in words; null if it does.</summary>
    public string? Objection => this switch
    {
        { Live: 0 } => "no column is above the threshold",
        { LargestCosine: >= MostCosine } => FormattableString.Invariant($"two live columns have a cosine of {LargestCosine:G2} (below {MostCosine} is wanted): they share a direction"),
        { LargestDead: >= MostDead } => FormattableString.Invariant($"a column lies at {LargestDead:P0} of the threshold (below {MostDead:P0} is wanted): it has neither died nor grown"),
        { Growth: >= 1 } => FormattableString.Invariant($"a further column would still grow ({Growth:G3} of what the penalty holds): more columns or steps are wanted"),
        { Holds: false } => FormattableString.Invariant($"the product still changes by {Change:G2} (below {MostChange} is wanted)"),
        _ => null,
    };

    /// <summary>Examines a factor.</summary>
    /// <param name="factor">U, (d, k).</param>
    /// <param name="lossGradient">∂L/∂X at UUᵀ, (d, d).</param>
    /// <param name="penalty">Gives the threshold and what holds columns at the origin.</param>
    /// <param name="product">UUᵀ, (d, d).</param>
    /// <param name="before">UUᵀ at the check before, if that one found the columns apart.</param>
    public static OrthogonalityCertificate Of(Tensor factor, Tensor lossGradient, ColumnPenalty penalty, Tensor product, Tensor? before)
    {
        using var scope = NewDisposeScope();
        var norms = ColumnNorms.Of(factor);
        var live = Enumerable.Range(0, norms.Length).Where(j => norms[j] > penalty.Threshold).ToList();
        var dead = norms.Where(norm => norm <= penalty.Threshold).DefaultIfEmpty().Max();
        var change = before is null ? double.PositiveInfinity : ((product - before).norm() / product.norm()).item<double>();
        return new OrthogonalityCertificate(live.Count, Cosine(factor, norms, live), dead > 0 ? dead / penalty.Threshold : 0, GrowthOf(lossGradient, penalty), change);
    }

    private static double Cosine(Tensor factor, double[] norms, List<int> live)
    {
        if (live.Count < 2)
            return 0;
        var columns = ColumnNorms.Select(factor, live) / tensor(live.Select(j => norms[j]).ToArray());   // (d, live), unit columns
        return columns.t().mm(columns).triu(1).abs().max().item<double>();
    }

    private static double GrowthOf(Tensor lossGradient, ColumnPenalty penalty)
    {
        if (double.IsPositiveInfinity(penalty.HoldAtOrigin))
            return 0;
        var steepest = -linalg.eigvalsh(lossGradient)[0].item<double>();
        return steepest <= 0 ? 0 : steepest / penalty.HoldAtOrigin;
    }
}
