namespace Nestor.Tests.Inference;

/// <summary>The normal distribution function from its series and its continued fraction: slow, and nothing fitted.</summary>
internal static class Normal
{
    public static double Below(double x)
    {
        var density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (Math.Abs(x) < 3)
        {
            // Φ(x) = 1/2 + φ(x) (x + x³/3 + x⁵/(3·5) + …)
            double term = x, sum = x;
            for (var n = 3; Math.Abs(term) > 1e-18; n += 2)
                sum += term *= x * x / n;
            return 0.5 + density * sum;
        }

        // 1 - Φ(u) = φ(u) / (u + 1/(u + 2/(u + 3/(u + …)))), Laplace
        double u = Math.Abs(x), fraction = u;
        for (var n = 300; n > 0; n--)
            fraction = u + n / fraction;
        return x < 0 ? density / fraction : 1 - density / fraction;
    }
}
