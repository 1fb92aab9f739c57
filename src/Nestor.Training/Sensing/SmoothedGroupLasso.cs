using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>The smoothed group lasso on the columns u_j of a factor: <c>λ Σ_j ‖u_j‖² / sqrt(‖u_j‖² + β)</c>.</summary>
/// <param name="Lambda">Strength λ; 0 for none. It scales with the loss, which is a mean of squared errors.</param>
/// <param name="Beta">Smoothing β, in the unit of a squared column norm; columns with a norm of at most <c>2 sqrt(β)</c> are dead.</param>
/// <remarks>
/// Rajaraman et al. 2023 (arXiv 2303.11453). Far from the origin a column is penalised by its norm, within sqrt(β) of it by a ridge of strength 2λ/sqrt(β). Among
/// all factors of one matrix UUᵀ it is least at orthogonal columns, for every β: it is concave in the squared norms (derived).
/// </remarks>
public sealed record SmoothedGroupLasso(double Lambda, double Beta) : ColumnPenalty
{
    /// <inheritdoc/>
    public override double Threshold => 2 * Math.Sqrt(Beta);

    /// <inheritdoc/>
    public override double HoldAtOrigin => Lambda / Math.Sqrt(Beta);

    /// <inheritdoc/>
    public override double Value(Tensor factor)
    {
        var sum = 0.0;
        foreach (var square in ColumnNorms.Squared(factor))
            sum += square / Math.Sqrt(square + Beta);
        return Lambda * sum;
    }

    /// <summary>Adds <c>λ U D</c>, <c>D_jj = (t + 2β) / (t + β)^1.5</c> at <c>t = ‖u_j‖²</c>.</summary>
    public override void AddGradient(Tensor factor, Tensor gradient)
    {
        var scales = ColumnNorms.Squared(factor);
        for (var j = 0; j < scales.Length; j++)
        {
            var smoothed = scales[j] + Beta;
            scales[j] = Lambda * (smoothed + Beta) / (smoothed * Math.Sqrt(smoothed));
        }

        ColumnNorms.AddScaled(gradient, factor, scales);
    }

    internal override IEnumerable<string> Problems()
    {
        if (!(Lambda >= 0) || !double.IsFinite(Lambda))
            yield return $"lambda is {Lambda} and must be 0 or more";
        if (!(Beta > 0) || !double.IsFinite(Beta))
            yield return $"beta is {Beta} and must be above 0";
    }
}
