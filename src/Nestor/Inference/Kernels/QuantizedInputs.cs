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
        Vector512<float> first = Vector512.Load(values), second = Vector512.Load(values + Vectors.Lanes);

        // Magnitudes order as integers do, and what is not finite is the largest.
        var largest = BitConverter.Int32BitsToSingle(Largest(Vector512.Max(Vector512.Abs(first).AsInt32(), Vector512.Abs(second).AsInt32())));
        var scale = largest / 127;
        if (!float.IsNormal(scale))
        {
            quantized = Vector256<sbyte>.Zero;
            sum = 0;
            return float.IsFinite(scale) ? 0 : float.NaN;
        }

        var divisor = Vector512.Create(scale);
        var low = Vector512.ConvertToInt32Native(Vector512.Round(first / divisor));
        var high = Vector512.ConvertToInt32Native(Vector512.Round(second / divisor));
        sum = Vector512.Sum(low + high);
        var words = Vector512.Narrow(low, high);
        quantized = Vector256.Narrow(words.GetLower(), words.GetUpper());
        return scale;
    }

    private static int Largest(Vector512<int> lanes)
    {
        var eight = Vector256.Max(lanes.GetLower(), lanes.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
    }
}
