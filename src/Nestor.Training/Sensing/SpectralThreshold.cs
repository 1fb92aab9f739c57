namespace Nestor.Training.Sensing;

/// <summary>A penalty on the eigenvalues of a positive semidefinite X, by its proximal step.</summary>
public abstract record SpectralThreshold
{
    /// <summary>The penalty of one eigenvalue.</summary>
    /// <param name="value">0 or more.</param>
    public abstract double Value(double value);

    /// <summary>The minimiser over x ≥ 0 of <c>(x − z)² / (2 step) + Value(x)</c>.</summary>
    /// <param name="value">z, of any sign.</param>
    /// <param name="step">Size of the gradient step before it.</param>
    public abstract double Apply(double value, double step);

    internal abstract IEnumerable<string> Problems();

    private protected static IEnumerable<string> LambdaProblems(double lambda)
    {
        if (!(lambda >= 0) || !double.IsFinite(lambda))
            yield return $"lambda is {lambda} and must be 0 or more";
    }
}
