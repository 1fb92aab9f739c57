namespace Nestor.Training.Sensing;

/// <summary>The rule for the smoothed penalty's λ and β from the noise and the shortest column of a problem.</summary>
/// <remarks>Derived: β needs <c>2 sqrt(β)</c> well below the shortest column, and works over five decades; λ lies in the middle of its window, on a scale of logarithms, but not below a quarter of its end, because the steps that are needed grow with 1/λ.</remarks>
public static class PenaltyRule
{
    private const double SmoothingShare = 0.12, LeastShare = 0.25;

    /// <summary>The penalty for a problem.</summary>
    /// <param name="noise">Standard deviation of the observations' noise, 0 or more.</param>
    /// <param name="dimension">d.</param>
    /// <param name="measurements">m.</param>
    /// <param name="shortest">Length of the shortest column that is to be found: the root of an eigenvalue.</param>
    public static SmoothedGroupLasso For(double noise, int dimension, int measurements, double shortest)
    {
        var beta = Smoothing(shortest);
        var window = LambdaWindow.Of(noise, dimension, measurements, beta, shortest);
        var middle = Math.Sqrt(window.Lowest * window.Highest);
        return new SmoothedGroupLasso(window.IsOpen ? Math.Max(middle, LeastShare * window.Highest) : window.Lowest, beta);
    }

    /// <summary>β for a shortest column.</summary>
    public static double Smoothing(double shortest) => SmoothingShare * shortest * (SmoothingShare * shortest);
}
