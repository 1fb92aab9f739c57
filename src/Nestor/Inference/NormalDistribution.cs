using System.Runtime.Intrinsics;

namespace Nestor.Inference;

/// <summary>The standard normal distribution function Φ, with a small relative error also deep in the lower tail.</summary>
internal static class NormalDistribution
{
    // 1 - Φ(u) = exp(-u²/2) p(t) / (1 + u) with t = (u - 4) / (u + 4): p interpolates at the 13 Chebyshev nodes of 0 <= u <= 14.5,
    // relative error below 1e-10. Farther out u Φ(-u) is below the smallest float, and p is only asked to stay finite.
    private static readonly double[] Coefficients =
    [
        0.4720532065200121, -0.09670347700604727, 0.013999633042248862, 0.02860034828116016, -0.03219779820645007,
        0.01793633218391442, -0.005002662445570486, -0.00028717776874443395, 0.0006954949146379312, -8.94265777870604e-05,
        -8.698295500704907e-05, 1.3984988011771711e-05, 9.693261426700182e-06,
    ];

    /// <summary>Φ(x), the probability of a value below x.</summary>
    public static Vector512<double> Below(Vector512<double> x)
    {
        var four = Vector512.Create(4.0);
        var u = Vector512.Min(Vector512.Abs(x), Vector512.Create(40.0));
        var t = (u - four) / (u + four);
        var polynomial = Vector512.Create(Coefficients[^1]);
        for (var i = Coefficients.Length - 2; i >= 0; i--)
            polynomial = polynomial * t + Vector512.Create(Coefficients[i]);
        var tail = Vector512.Exp(u * u * -0.5) * polynomial / (Vector512<double>.One + u);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<double>.Zero), tail, Vector512<double>.One - tail);
    }
}
