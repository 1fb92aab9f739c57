using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>How steep noise makes the loss: the largest eigenvalue of <c>1/m Σ_i e_i A_i</c> for noise e, per unit of its standard deviation.</summary>
/// <remarks>A direction of the hidden matrix that is less steep cannot be told from noise, by any penalty (derived).</remarks>
public static class NoiseSlope
{
    /// <summary>For Gaussian measurements: <c>sqrt(2d/m)</c>, the edge of a semicircle.</summary>
    public static double Gaussian(int dimension, int measurements) => Math.Sqrt(2.0 * dimension / measurements);

    /// <summary>For any measurements, by one pass with random numbers in place of noise.</summary>
    /// <param name="measurements">A_i.</param>
    /// <param name="seed">Decides the random numbers.</param>
    public static double Measure(PackedMeasurements measurements, long seed = 1)
    {
        using var scope = NewDisposeScope();
        var noise = new double[measurements.Count];
        GaussianNumbers.Fill(noise, (ulong)seed, GaussianStream.Calibration);
        var sum = zeros(measurements.Dimension, measurements.Dimension, ScalarType.Float64);
        measurements.Combine(noise, sum);
        var values = linalg.eigvalsh(sum);
        return Math.Max(values[-1].item<double>(), -values[0].item<double>()) / measurements.Count;
    }
}
