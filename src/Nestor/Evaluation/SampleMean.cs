namespace Nestor.Evaluation;

/// <summary>A mean, and how much it would vary from one sample to another.</summary>
/// <param name="Value">The mean.</param>
/// <param name="StandardError">The samples' standard deviation, with n - 1 below the sum of squares, over the root of n; null for one sample.</param>
public readonly record struct SampleMean(double Value, double? StandardError)
{
    /// <summary>The mean of at least one sample.</summary>
    public static SampleMean Of(IReadOnlyCollection<double> samples)
    {
        ArgumentOutOfRangeException.ThrowIfZero(samples.Count, nameof(samples));
        var mean = samples.Average();
        var squares = samples.Sum(sample => (sample - mean) * (sample - mean));
        return new SampleMean(mean, samples.Count == 1 ? null : Math.Sqrt(squares / (samples.Count - 1) / samples.Count));
    }
}
