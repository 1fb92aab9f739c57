namespace Nestor.Training.Sensing;

/// <summary>The proximal step of a square root: the minimiser over x ≥ 0 of <c>½ (x − z)² + ½ p sqrt(x)</c>.</summary>
/// <remarks>
/// Xu, Chang, Xu and Zhang 2012 (half thresholding). The smoothed group lasso on a factor becomes, at orthogonal columns and as β goes to 0, the sum of the square
/// roots of the eigenvalues of UUᵀ; so a gradient step on X followed by this on its eigenvalues does what the descent and rotations do together (derived). For
/// a loss whose gradient has the Lipschitz constant L, <c>p = 2 λ / L</c>.
/// </remarks>
public static class HalfThreshold
{
    private static readonly double Edge = Math.Cbrt(54) / 4;

    /// <summary>Values up to this become 0; the next larger ones jump to two thirds of it.</summary>
    public static double Cut(double strength) => Edge * Math.Pow(strength, 2.0 / 3);

    /// <summary>The minimiser for a value.</summary>
    /// <param name="value">z; negative values become 0.</param>
    /// <param name="strength">p, 0 or more.</param>
    public static double Apply(double value, double strength)
    {
        if (value <= Cut(strength))
            return 0;
        if (strength == 0)
            return value;
        var angle = Math.Acos(strength / 8 * Math.Pow(value / 3, -1.5));
        return 2.0 / 3 * value * (1 + Math.Cos(2.0 / 3 * (Math.PI - angle)));
    }
}
