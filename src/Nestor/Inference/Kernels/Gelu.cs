using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>Exact GELU (Hendrycks and Gimpel 2016), <c>x Φ(x)</c> with the normal distribution function <c>Φ(x) = (1 + erf(x / √2)) / 2</c>, the same bits in every vector width.</summary>
/// <remarks>
/// <c>1 - Φ(u) = exp(-u²/2) t q(t)</c> with <c>t = 1 / (1 + 0.35 u)</c>: <c>q</c> interpolates at the nine Chebyshev nodes of 0 &lt;= u &lt;= 14.5, to 4e-8 of
/// the result. The square's rounding error is put back, so the relative error stays that of a few single roundings deep in the lower
/// tail, until the exponential is no normal float.
/// </remarks>
internal static class Gelu
{
    // Where the result has long been 0 or x; keeps infinities from meeting zeros.
    private const float Farthest = 40;

    private const float Slope = 0.35f;

    private const float Q0 = 0.139618635f, Q1 = 0.139914334f, Q2 = 0.119425093f, Q3 = 0.107212499f, Q4 = -0.0273219106f;

    private const float Q5 = 0.165510165f, Q6 = -0.261410543f, Q7 = 0.146783986f, Q8 = -0.0297322758f;

    /// <summary>One number.</summary>
    public static float Of(float x)
    {
        var u = MathF.Min(MathF.Abs(x), Farthest);
        var t = 1 / MathF.FusedMultiplyAdd(u, Slope, 1);
        var q = MathF.FusedMultiplyAdd(Q8, t, Q7);
        q = MathF.FusedMultiplyAdd(q, t, Q6);
        q = MathF.FusedMultiplyAdd(q, t, Q5);
        q = MathF.FusedMultiplyAdd(q, t, Q4);
        q = MathF.FusedMultiplyAdd(q, t, Q3);
        q = MathF.FusedMultiplyAdd(q, t, Q2);
        q = MathF.FusedMultiplyAdd(q, t, Q1);
        q = MathF.FusedMultiplyAdd(q, t, Q0) * t;
        var square = u * u;
        var decay = Exponential.Of(square * -0.5f);
        decay = MathF.FusedMultiplyAdd(decay, MathF.FusedMultiplyAdd(u, u, -square) * -0.5f, decay);
        return x < 0 ? -(u * q) * decay : x * (1 - q * decay);
    }

    /// <summary>16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        var u = Vector512.Min(Vector512.Abs(x), Vector512.Create(Farthest));
        var t = Vector512<float>.One / Vector512.FusedMultiplyAdd(u, Vector512.Create(Slope), Vector512<float>.One);
        var q = Vector512.FusedMultiplyAdd(Vector512.Create(Q8), t, Vector512.Create(Q7));
        q = Vector512.FusedMultiplyAdd(q, t, Vector512.Create(Q6));
        q = Vector512.FusedMultiplyAdd(q, t, Vector512.Create(Q5));
        q = Vector512.FusedMultiplyAdd(q, t, Vector512.Create(Q4));
        q = Vector512.FusedMultiplyAdd(q, t, Vector512.Create(Q3));
        q = Vector512.FusedMultiplyAdd(q, t, Vector512.Create(Q2));
        q = Vector512.FusedMultiplyAdd(q, t, Vector512.Create(Q1));
        q = Vector512.FusedMultiplyAdd(q, t, Vector512.Create(Q0)) * t;
        var square = u * u;
        var decay = Exponential.Of(square * -0.5f);
        decay = Vector512.FusedMultiplyAdd(decay, Vector512.FusedMultiplyAdd(u, u, -square) * -0.5f, decay);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), -(u * q) * decay, x * (Vector512<float>.One - q * decay));
    }
}
