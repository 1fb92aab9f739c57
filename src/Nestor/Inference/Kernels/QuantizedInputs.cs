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
}
