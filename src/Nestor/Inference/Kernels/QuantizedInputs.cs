using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>Activations as 8-bit integers: <c>x ≈ xq * scale</c> with one scale per block of 32 (see <see cref="ProductKernel"/>).</summary>
internal static unsafe class QuantizedInputs
{
    /// <summary>Quantises one block.</summary>
    /// <param name="values">(32)</param>
    /// <param name="quantized">(32) receives <c>round(x / scale)</c>, from -127 to 127.</param>
    /// <returns>
    /// The scale <c>max|x| / 127</c>; 0, with zeros, if that is below the smallest normal float; NaN, with zeros, if a value is not finite.
    /// </returns>
    public static float Quantize(float* values, sbyte* quantized)
    {
        var largest = 0f;
        for (var column = 0; column < Tile.Columns; column++)
            largest = MathF.Max(largest, MathF.Abs(values[column])); // NaN wins

        var scale = largest / 127;
        if (!float.IsNormal(scale))
        {
            new Span<sbyte>(quantized, Tile.Columns).Clear();
            return float.IsFinite(scale) ? 0 : float.NaN;
        }

        for (var column = 0; column < Tile.Columns; column++)
            quantized[column] = (sbyte)MathF.Round(values[column] / scale);
        return scale;
    }

    /// <summary>The same with vectors, and the sum of the integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Quantize(float* values, out Vector256<sbyte> quantized, out int sum)
    {
        Vector256<float> a = Vector256.Load(values), b = Vector256.Load(values + 8), c = Vector256.Load(values + 16), d = Vector256.Load(values + 24);

        // Magnitudes order as integers do, and what is not finite is the largest.
        var largest = BitConverter.Int32BitsToSingle(Largest(
            Vector256.Max(Vector256.Max(Magnitudes(a), Magnitudes(b)), Vector256.Max(Magnitudes(c), Magnitudes(d)))));
        var scale = largest / 127;
        if (!float.IsNormal(scale))
        {
            quantized = Vector256<sbyte>.Zero;
            sum = 0;
            return float.IsFinite(scale) ? 0 : float.NaN;
        }

        var divisor = Vector256.Create(scale);
        Vector256<int> first = Nearest(a / divisor), second = Nearest(b / divisor), third = Nearest(c / divisor), fourth = Nearest(d / divisor);
        sum = Vector256.Sum(first + second + (third + fourth));
        quantized = Vector256.Narrow(Vector256.Narrow(first, second), Vector256.Narrow(third, fourth));
        return scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Magnitudes(Vector256<float> values) => Vector256.Abs(values).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Nearest(Vector256<float> values) => Vector256.ConvertToInt32Native(Vector256.Round(values));

    private static int Largest(Vector256<int> lanes)
    {
        var four = Vector128.Max(lanes.GetLower(), lanes.GetUpper());
        return Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
    }
}
