using System.Runtime.Intrinsics;

namespace Nestor.Training.Sensing;

/// <summary>Passes over packed measurements that read each row from memory once; <see cref="PlainMeasurementPass"/> says what they compute.</summary>
internal static unsafe class MeasurementPass
{
    /// <summary>Residuals <c>e_i = ⟨a_i, x⟩ − y_i</c> of some rows: adds <c>Σ e_i a_i</c> to <paramref name="sum"/> and returns <c>Σ e_i²</c>.</summary>
    /// <param name="measurements">The rows.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="x">A packed matrix of <see cref="PackedMeasurements.Stride"/> entries.</param>
    /// <param name="observations">y, of all rows.</param>
    /// <param name="sum">A packed matrix.</param>
    public static double Residuals(PackedMeasurements measurements, int first, int count, double* x, double* observations, double* sum)
    {
        var (stride, precision) = (measurements.Stride, measurements.Precision);
        var rows = measurements.Start + first * (measurements.Bytes / measurements.Count);
        var squares = (precision, Vector512.IsHardwareAccelerated) switch
        {
            (MeasurementPrecision.Single, true) => RowBlocks<float, EightLanes>.Residuals((float*)rows, stride, count, x, observations + first, sum),
            (MeasurementPrecision.Single, false) => RowBlocks<float, FourLanes>.Residuals((float*)rows, stride, count, x, observations + first, sum),
            (_, true) => RowBlocks<double, EightLanes>.Residuals((double*)rows, stride, count, x, observations + first, sum),
            (_, false) => RowBlocks<double, FourLanes>.Residuals((double*)rows, stride, count, x, observations + first, sum),
        };
        GC.KeepAlive(measurements);
        return squares;
    }

    /// <summary><c>⟨a_i, x⟩</c> of all rows.</summary>
    public static void Dots(PackedMeasurements measurements, double* x, double* values)
    {
        if (measurements.Precision == MeasurementPrecision.Single)
            RowBlocks<float, FourLanes>.Dots((float*)measurements.Start, measurements.Stride, measurements.Count, x, values);
        else
            RowBlocks<double, FourLanes>.Dots((double*)measurements.Start, measurements.Stride, measurements.Count, x, values);
        GC.KeepAlive(measurements);
    }

    /// <summary>Adds <c>Σ w_i a_i</c> of all rows to <paramref name="sum"/>.</summary>
    public static void Add(PackedMeasurements measurements, double* weights, double* sum)
    {
        if (measurements.Precision == MeasurementPrecision.Single)
            RowBlocks<float, FourLanes>.Add((float*)measurements.Start, measurements.Stride, measurements.Count, weights, sum);
        else
            RowBlocks<double, FourLanes>.Add((double*)measurements.Start, measurements.Stride, measurements.Count, weights, sum);
        GC.KeepAlive(measurements);
    }
}
