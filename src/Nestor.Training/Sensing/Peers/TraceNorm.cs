namespace Nestor.Training.Sensing.Peers;

/// <summary>The trace norm <c>λ tr X</c>: the convex penalty on the rank, which shrinks every eigenvalue by the same amount.</summary>
/// <param name="Lambda">Strength λ.</param>
public sealed record TraceNorm(double Lambda) : SpectralThreshold
{
    // For data without noise, where any small strength will do.
    private const double WithoutNoise = 0.02, NoiseMargin = 2.5;

    /// <summary>The usual strength for noise: <c>2.5 σ sqrt(2d/m)</c>.</summary>
    public static TraceNorm For(double noise, int dimension, int measurements) =>
        new(noise == 0 ? WithoutNoise : NoiseMargin * noise * Math.Sqrt(2.0 * dimension / measurements));

    /// <inheritdoc/>
    public override double Value(double value) => Lambda * value;

    /// <inheritdoc/>
    public override double Apply(double value, double step) => Math.Max(0, value - Lambda * step);

    internal override IEnumerable<string> Problems() => LambdaProblems(Lambda);
}
