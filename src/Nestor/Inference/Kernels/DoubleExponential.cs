using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary><c>exp(x)</c> for <c>x</c> at most 0 in double precision.</summary>
/// <remarks>
/// <c>x = n ln 2 + r</c> with <c>|r|</c> at most <c>ln 2 / 2</c>, then <c>2^n</c> times the Taylor polynomial of degree 13, whose rest is below 2^-57. Adding
/// 1.5 * 2^52 leaves no room for a fraction: it rounds to n, and n is the sum's lower bits, which are added to the exponent of the polynomial's value.
/// </remarks>
internal static class DoubleExponential
{
    /// <summary>A little above the logarithm of the smallest normal number; what is below it becomes 0.</summary>
    private const double Lowest = -708.39;

    private const double Shift = 1.5 * (1L << 52), Log2E = 1.4426950408889634;

    // ln 2 in two numbers.
    private const double Ln2 = 0.6931471805599453, Ln2Rest = 2.3190468138462996e-17;

    private const int FractionBits = 52;

    /// <summary>8 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Of(Vector512<double> x)
    {
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), Vector512.Create(Shift));
        var n = shifted - Vector512.Create(Shift);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Rest), Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2), x));
        var p = Vector512.Create(1.0 / 6_227_020_800);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 479_001_600));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 39_916_800));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 3_628_800));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 362_880));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 40_320));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 5_040));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<double>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<double>.One);
        var result = (p.AsInt64() + (shifted.AsInt64() << FractionBits)).AsDouble();
        return Vector512.AndNot(result, Vector512.LessThan(x, Vector512.Create(Lowest)));
    }
}
