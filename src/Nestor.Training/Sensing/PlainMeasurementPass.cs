namespace Nestor.Training.Sensing;

/// <summary>What <see cref="MeasurementPass"/> computes, an entry at a time.</summary>
internal static class PlainMeasurementPass
{
    /// <summary>Residuals of all rows: adds <c>Σ e_i a_i</c> to <paramref name="sum"/> and returns <c>Σ e_i²</c>.</summary>
    public static double Residuals(PackedMeasurements measurements, ReadOnlySpan<double> x, ReadOnlySpan<double> observations, Span<double> sum)
    {
        var squares = 0.0;
        var entries = new double[measurements.RowLength];
        for (var row = 0; row < measurements.Count; row++)
        {
            measurements.CopyRow(row, entries);
            var error = -observations[row];
            for (var i = 0; i < entries.Length; i++)
                error += entries[i] * x[i];
            squares += error * error;
            for (var i = 0; i < entries.Length; i++)
                sum[i] += error * entries[i];
        }

        return squares;
    }
}
