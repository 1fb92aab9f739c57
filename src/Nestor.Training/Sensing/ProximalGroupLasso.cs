using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>The group lasso on the columns of a factor, <c>λ Σ_j ‖u_j‖</c>, as a step of its own: dead columns are exactly zero, and there is no β.</summary>
/// <param name="Lambda">Strength λ; 0 for none.</param>
/// <remarks>After a gradient step of size η every column is shortened by ηλ. A column at zero stays there whatever the loss, so a start must not be too small.</remarks>
public sealed record ProximalGroupLasso(double Lambda) : ColumnPenalty
{
    /// <inheritdoc/>
    public override double Threshold => 0;

    /// <inheritdoc/>
    public override double HoldAtOrigin => double.PositiveInfinity;

    /// <inheritdoc/>
    public override double Value(Tensor factor) => Lambda * ColumnNorms.Of(factor).Sum();

    /// <summary>Shortens every column by <c>stepSize · λ</c>, to zero where it is no longer than that.</summary>
    public override void AfterStep(Tensor factor, double stepSize)
    {
        var (norms, shorter) = (ColumnNorms.Of(factor), stepSize * Lambda);
        for (var j = 0; j < norms.Length; j++)
            norms[j] = norms[j] > shorter ? 1 - shorter / norms[j] : 0;
        ColumnNorms.Scale(factor, norms);
    }

    internal override IEnumerable<string> Problems()
    {
        if (!(Lambda >= 0) || !double.IsFinite(Lambda))
            yield return $"lambda is {Lambda} and must be 0 or more";
    }
}
