namespace Nestor.Images;

/// <summary>Mean and deviation of each channel over a set, for bytes as numbers from 0 to 1: what normalisation subtracts and divides by.</summary>
/// <param name="Mean">One for each channel.</param>
/// <param name="Deviation">One for each channel; 1 for a channel that never changes.</param>
public sealed record ChannelStatistics(IReadOnlyList<float> Mean, IReadOnlyList<float> Deviation)
{
    /// <summary>Counts every byte of a set; the result is the same on every machine.</summary>
    public static ChannelStatistics Of(ImageSet images)
    {
        var (channels, area) = (images.Shape.Channels, images.Shape.Area);
        var counts = new long[channels][];
        for (var channel = 0; channel < channels; channel++)
        {
            var histogram = counts[channel] = new long[256];
            for (var i = 0; i < images.Count; i++)
            {
                foreach (var value in images.Pixels(i).Slice(channel * area, area))
                    histogram[value]++;
            }
        }

        var (means, deviations) = (new float[channels], new float[channels]);
        var total = (double)images.Count * area;
        for (var channel = 0; channel < channels; channel++)
        {
            var mean = counts[channel].Select((count, value) => count * (value / 255.0)).Sum() / total;
            var variance = counts[channel].Select((count, value) => count * (value / 255.0 - mean) * (value / 255.0 - mean)).Sum() / total;
            means[channel] = (float)mean;
            deviations[channel] = variance > 0 ? (float)Math.Sqrt(variance) : 1;
        }

        return new ChannelStatistics(means, deviations);
    }
}
