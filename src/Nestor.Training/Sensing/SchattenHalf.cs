namespace Nestor.Training.Sensing;

/// <summary>The Schatten-1/2 penalty <c>λ Σ_i sqrt(μ_i)</c> on eigenvalues: what the group lasso on a factor is at orthogonal columns, as β goes to 0.</summary>
/// <param name="Lambda">Strength λ, that of the group lasso.</param>
/// <remarks>
/// Derived: among all factors of X the group lasso is least at orthogonal columns, whose norms are the roots of X's eigenvalues. Its proximal step is <see cref="HalfThreshold"/>
/// (Xu, Chang, Xu and Zhang 2012).
/// </remarks>
public sealed record SchattenHalf(double Lambda) : SpectralThreshold
{
    /// <inheritdoc/>
    public override double Value(double value) => Lambda * Math.Sqrt(value);

    /// <inheritdoc/>
    public override double Apply(double value, double step) => HalfThreshold.Apply(value, 2 * Lambda * step);

    internal override IEnumerable<string> Problems() => LambdaProblems(Lambda);
}
