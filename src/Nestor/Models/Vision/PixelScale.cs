namespace Nestor.Models.Vision;

/// <summary>How a pixel's values, from 0 to 1, become a model's inputs: <c>(value - mean) / standard deviation</c>, channel by channel.</summary>
/// <param name="Mean">One for each channel.</param>
/// <param name="StandardDeviation">One for each channel.</param>
internal sealed record PixelScale(IReadOnlyList<float> Mean, IReadOnlyList<float> StandardDeviation)
{
    /// <summary>Bytes of whole pictures as the inputs of a model.</summary>
    /// <exception cref="NestorException">The bytes are not those of whole pictures of the model's size.</exception>
    /// <exception cref="ArgumentException">There is room for another number of values.</exception>
    public static void Apply(IImageConfig config, ReadOnlySpan<byte> pixels, Span<float> images)
    {
        if (pixels.Length % config.ImageLength != 0)
            throw new NestorException($"{pixels.Length} bytes were given; a picture of this model has {config.ImageLength} ({config.Channels} x {config.ImageSize} x {config.ImageSize}). Bring pictures to the model's size and channels first.");
        if (images.Length != pixels.Length)
            throw new ArgumentException($"{pixels.Length} values were wanted, there is room for {images.Length}.", nameof(images));
        Span<float> values = stackalloc float[256];
        var plane = config.ImageSize * config.ImageSize;
        for (var channel = 0; channel < config.Channels; channel++)
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = (i / 255f - config.Mean[channel]) / config.StandardDeviation[channel];
            for (var start = channel * plane; start < pixels.Length; start += config.ImageLength)
            {
                for (var i = start; i < start + plane; i++)
                    images[i] = values[pixels[i]];
            }
        }
    }
}
