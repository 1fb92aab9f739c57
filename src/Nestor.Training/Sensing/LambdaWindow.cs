namespace Nestor.Training.Sensing;

/// <summary>The strengths λ of the smoothed group lasso at which exactly the true columns survive: above what noise needs to grow, below what true columns bear.</summary>
/// <param name="Lowest">Below it, columns of noise survive.</param>
/// <param name="Highest">Above it, true columns vanish or never grow.</param>
/// <remarks>
/// Derived, and checked by experiments: a column grows from the origin where the loss is steeper than λ / (2 sqrt(β)), and noise of deviation σ in m measurements is as
/// steep as <c>σ sqrt(2d/m)</c>, times a margin for its largest direction; a column of length σ keeps a minimum away from zero for λ below <c>8/(3 sqrt(3)) σ³</c>, which the
/// shortest true column must bear and columns of noise, of which a start is full, must not.
/// </remarks>
public sealed record LambdaWindow(double Lowest, double Highest)
{
    /// <summary>How far above the mean steepness of noise the largest one may lie.</summary>
    public const double NoiseMargin = 1.5;

    private static readonly double LargestBearable = 8 / (3 * Math.Sqrt(3));

    /// <summary>Whether any strength is right: otherwise the shortest true column cannot be told from noise.</summary>
    public bool IsOpen => Lowest < Highest;

    /// <summary>The window of a problem with Gaussian measurements.</summary>
    /// <param name="noise">Standard deviation σ of the observations' noise.</param>
    /// <param name="dimension">d.</param>
    /// <param name="measurements">m.</param>
    /// <param name="beta">β.</param>
    /// <param name="shortest">Length σ_r of the shortest true column: the root of the hidden matrix's smallest eigenvalue that is not 0.</param>
    public static LambdaWindow Of(double noise, int dimension, int measurements, double beta, double shortest) =>
        Of(noise * NoiseSlope.Gaussian(dimension, measurements), beta, shortest);

    /// <summary>The window of a problem with any measurements.</summary>
    /// <param name="slope">How steep noise makes the loss: <see cref="NoiseSlope"/> times the noise's standard deviation.</param>
    /// <param name="beta">β.</param>
    /// <param name="shortest">Length σ_r of the shortest true column.</param>
    public static LambdaWindow Of(double slope, double beta, double shortest)
    {
        var growth = 2 * Math.Sqrt(beta);
        return new LambdaWindow(Math.Max(growth * slope * NoiseMargin, Bearable(Math.Sqrt(slope))), Math.Min(growth * shortest * shortest, Bearable(shortest)));
    }

    /// <summary>What to tell of a strength outside the window; null inside.</summary>
    public string? Warning(double lambda)
    {
        var window = FormattableString.Invariant($"the window from {Lowest:G3} to {Highest:G3}");
        return this switch
        {
            { IsOpen: false } => FormattableString.Invariant($"NST202: no lambda is right: noise asks for {Lowest:G3} or more and the shortest column bears {Highest:G3} at most; more measurements would open the window"),
            _ when lambda < Lowest => FormattableString.Invariant($"NST201: lambda {lambda:G3} is below {window}; columns of noise will survive"),
            _ when lambda > Highest => FormattableString.Invariant($"NST201: lambda {lambda:G3} is above {window}; true columns may vanish"),
            _ => null,
        };
    }

    /// <summary>The strength up to which a column of a length keeps a minimum away from zero.</summary>
    internal static double Bearable(double length) => LargestBearable * length * length * length;
}
