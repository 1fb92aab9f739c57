namespace Nestor.Inference.Kernels;

/// <summary>What quantising 32 weights that share a scale is made of.</summary>
internal static unsafe class QuantizedRow
{
    /// <summary>The weight of largest magnitude, the first of several.</summary>
    /// <exception cref="NestorException">A weight is not finite.</exception>
    public static float Extreme(float* weights)
    {
        var extreme = 0f;
        for (var column = 0; column < Tile.Columns; column++)
        {
            if (!float.IsFinite(weights[column]))
                throw new NestorException($"A weight is {weights[column]}; only finite weights can be quantised.");
            if (MathF.Abs(weights[column]) > MathF.Abs(extreme))
                extreme = weights[column];
        }

        return extreme;
    }

    /// <summary>The integer nearest to <c>weight / scale</c> within a range, ties to even; 0 with a scale of 0.</summary>
    public static int Quantize(float weight, float scale, int lowest, int highest) =>
        scale == 0 ? 0 : (int)Math.Clamp(MathF.Round(weight / scale), lowest, highest);

    /// <summary>What a scale costs: the sum of squared differences between the weights and what they become.</summary>
    public static double SquaredError(float* weights, float scale, int lowest, int highest)
    {
        double sum = 0;
        for (var column = 0; column < Tile.Columns; column++)
        {
            var difference = weights[column] - (double)scale * Quantize(weights[column], scale, lowest, highest);
            sum += difference * difference;
        }

        return sum;
    }
}
