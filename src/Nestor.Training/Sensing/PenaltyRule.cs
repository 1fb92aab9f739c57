namespace Nestor.Training.Sensing;

/// <summary>The rule for the smoothed penalty's λ and β from the noise and the shortest column of a problem.</summary>
/// <remarks>
/// Derived: β needs <c>2 sqrt(β)</c> below the shortest column, and works over five decades; more of it opens the window further where there is much noise. λ lies in the middle of its
/// window, on a scale of logarithms, but not below a quarter of its end, because the steps that are needed grow with 1/λ.
/// </remarks>
public static class PenaltyRule
{
    private const double SmoothingShare = 0.12, LargeSmoothingShare = 0.27, LeastShare = 0.25;

    /// <summary>The penalty for a problem with Gaussian measurements.</summary>
    /// <param name="noise">Standard deviation of the observations' noise, 0 or more.</param>
    /// <param name="dimension">d.</param>
    /// <param name="measurements">m.</param>
    /// <param name="shortest">Length of the shortest column that is to be found: the root of an eigenvalue.</param>
    public static SmoothedGroupLasso For(double noise, int dimension, int measurements, double shortest) =>
        For(noise * NoiseSlope.Gaussian(dimension, measurements), shortest);

    /// <summary>The penalty for a problem with any measurements.</summary>
    /// <param name="slope">How steep noise makes the loss: <see cref="NoiseSlope"/> times the noise's standard deviation.</param>
    /// <param name="shortest">Length of the shortest column that is to be found.</param>
    public static SmoothedGroupLasso For(double slope, double shortest)
    {
        var beta = Smoothing(shortest);
        if (!LambdaWindow.Of(slope, beta, shortest).IsOpen)
            beta = LargeSmoothing(shortest);
        return new SmoothedGroupLasso(Strength(LambdaWindow.Of(slope, beta, shortest)), beta);
    }

    /// <summary>λ for a window.</summary>
    public static double Strength(LambdaWindow window) =>
        window.IsOpen ? Math.Max(Math.Sqrt(window.Lowest * window.Highest), LeastShare * window.Highest) : window.Lowest;

    /// <summary>β for a shortest column. No column can rest between zero and the threshold with it, at half of the strength that the column bears.</summary>
    internal static double Smoothing(double shortest) => Square(SmoothingShare * shortest);

    /// <summary>The largest β that is safe for a shortest column: the threshold is half of the column.</summary>
    internal static double LargeSmoothing(double shortest) => Square(LargeSmoothingShare * shortest);

    private static double Square(double value) => value * value;
}
