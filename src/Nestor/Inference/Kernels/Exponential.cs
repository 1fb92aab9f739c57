using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary><c>exp(x)</c> for <c>x</c> at most 0, the same bits in every vector width.</summary>
/// <remarks>
/// <c>x = n ln 2 + r</c> with <c>|r|</c> at most <c>ln 2 / 2</c>, then <c>2^n (1 + r + r² p(r))</c>; <c>p</c> interpolates <c>(exp(r) - 1 - r) / r²</c> at five
/// Chebyshev nodes, to 2^-26 of the result. Within 1 unit in the last place where the result is normal; 0 where it would not be.
/// </remarks>
internal static class Exponential
{
    /// <summary>Logarithm of the smallest normal float; what is below it becomes 0.</summary>
    private const float Lowest = -87.33654f;

    // ln 2 in two floats.
    private const float Ln2 = 0.6931472f, Ln2Rest = -1.9046543e-9f, Log2E = 1.442695f;

    private const float P0 = 0.5f, P1 = 0.166665763f, P2 = 0.0416665561f, P3 = 0.00836320315f, P4 = 0.00139262131f;

    /// <summary>One number.</summary>
    public static float Of(float x)
    {
        if (x < Lowest)
            return 0;
        var n = MathF.Round(x * Log2E);
        var r = MathF.FusedMultiplyAdd(n, -Ln2Rest, MathF.FusedMultiplyAdd(n, -Ln2, x));
        var p = MathF.FusedMultiplyAdd(P4, r, P3);
        p = MathF.FusedMultiplyAdd(p, r, P2);
        p = MathF.FusedMultiplyAdd(p, r, P1);
        p = MathF.FusedMultiplyAdd(p, r, P0);
        p = MathF.FusedMultiplyAdd(p, r, 1);
        p = MathF.FusedMultiplyAdd(p, r, 1);
        return p * BitConverter.Int32BitsToSingle(((int)n + 127) << 23);
    }

    /// <summary>16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        var n = Vector512.Round(x * Log2E);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Rest), Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2), x));
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(P4), r, Vector512.Create(P3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(P2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(P1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(P0));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        var power = ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
        return Vector512.AndNot(p * power, Vector512.LessThan(x, Vector512.Create(Lowest)));
    }
}
