namespace Nestor.Images;

/// <summary>Pictures of any size as planar bytes of one shape: scaled until they cover it, cut in the middle.</summary>
/// <remarks>Each sample is a tent filter as wide as a destination pixel is in the source, so that shrinking averages and enlarging interpolates.</remarks>
internal static class ImageFit
{
    /// <summary>Fits a picture.</summary>
    /// <returns>(channels, height, width).</returns>
    public static byte[] Fit(DecodedImage image, ImageShape shape)
    {
        var scale = Math.Min((double)image.Height / shape.Height, (double)image.Width / shape.Width);
        var rows = Weights(image.Height, shape.Height, scale);
        var columns = Weights(image.Width, shape.Width, scale);
        var narrow = new float[image.Height * shape.Width * image.Channels];                      // (image height, width, channels)
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < shape.Width; x++)
            {
                var (first, weights) = columns[x];
                for (var c = 0; c < image.Channels; c++)
                {
                    var sum = 0f;
                    for (var k = 0; k < weights.Length; k++)
                        sum += weights[k] * image.Data[(y * image.Width + first + k) * image.Channels + c];
                    narrow[(y * shape.Width + x) * image.Channels + c] = sum;
                }
            }
        }

        var fitted = new float[shape.Area * image.Channels];                                      // (height, width, channels)
        var stride = shape.Width * image.Channels;
        for (var y = 0; y < shape.Height; y++)
        {
            var (first, weights) = rows[y];
            for (var i = 0; i < stride; i++)
            {
                var sum = 0f;
                for (var k = 0; k < weights.Length; k++)
                    sum += weights[k] * narrow[(first + k) * stride + i];
                fitted[y * stride + i] = sum;
            }
        }

        return Planar(fitted, image.Channels, shape);
    }

    /// <summary>Planes out of interleaved channels; grey becomes three equal planes, colours become their luma (Rec. 601).</summary>
    private static byte[] Planar(float[] pixels, int channels, ImageShape shape)
    {
        var planes = new byte[shape.Length];
        for (var c = 0; c < shape.Channels; c++)
        {
            for (var i = 0; i < shape.Area; i++)
            {
                var value = channels == 1
                    ? pixels[i]
                    : shape.Channels == 3
                        ? pixels[i * 3 + c]
                        : 0.299f * pixels[i * 3] + 0.587f * pixels[i * 3 + 1] + 0.114f * pixels[i * 3 + 2];
                planes[c * shape.Area + i] = (byte)Math.Clamp(MathF.Round(value), 0, 255);
            }
        }

        return planes;
    }

    /// <summary>For each destination pixel, its first source pixel and the weights from there on.</summary>
    private static (int First, float[] Weights)[] Weights(int source, int destination, double scale)
    {
        var (offset, radius) = ((source - destination * scale) / 2, Math.Max(1, scale));
        var all = new (int, float[])[destination];
        for (var i = 0; i < destination; i++)
        {
            var centre = offset + (i + 0.5) * scale - 0.5;
            var (first, last) = (Math.Clamp((int)Math.Floor(centre - radius) + 1, 0, source - 1), Math.Clamp((int)Math.Ceiling(centre + radius) - 1, 0, source - 1));
            double[] weights = [.. Enumerable.Range(first, Math.Max(1, last - first + 1)).Select(x => Math.Max(0, 1 - Math.Abs(x - centre) / radius))];
            var sum = weights.Sum();
            all[i] = (first, [.. weights.Select(weight => (float)(sum > 0 ? weight / sum : 1.0 / weights.Length))]);
        }

        return all;
    }
}
