namespace Nestor.MixNMatch;

/// <summary>How much two plans differ in loss on the same text, and how sure that is.</summary>
/// <param name="Mean">The first's loss less the second's, in nats per token.</param>
/// <param name="StandardError">Standard error of the mean, windows of text being the sample.</param>
public readonly record struct LossDifference(double Mean, double StandardError)
{
    /// <summary>Compares two plans window by window: what makes a window hard for both does not count.</summary>
    /// <param name="first">(windows) sums of nats of the first.</param>
    /// <param name="second">(windows) sums of nats of the second.</param>
    /// <param name="predictions">Predictions in all windows.</param>
    /// <exception cref="ArgumentException">There are not two windows, or not as many of both.</exception>
    public static LossDifference Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second, long predictions)
    {
        if (first.Length != second.Length || first.Length < 2)
            throw new ArgumentException($"Two windows or more of both were wanted; {first.Length} and {second.Length} were given.", nameof(first));
        double sum = 0, squares = 0;
        for (var i = 0; i < first.Length; i++)
            sum += first[i] - second[i];
        var mean = sum / first.Length;
        for (var i = 0; i < first.Length; i++)
            squares += Math.Pow(first[i] - second[i] - mean, 2);
        var windows = (double)first.Length;
        return new LossDifference(sum / predictions, Math.Sqrt(squares / (windows - 1) * windows) / predictions);
    }
}
