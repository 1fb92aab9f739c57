using Nestor.Images;

namespace Nestor.Training.Data.Images;

/// <summary>The operations of RandAugment that Nestor has: five that move pixels, five that change their values.</summary>
/// <remarks>
/// Cubuk et al., arXiv 1909.13719: each operation is chosen uniformly, all have one strength. Left out are colour, sharpness, posterize and equalize of the
/// paper's fourteen; the identity is one of the ten here. Images are (channels, height, width), values 0 to 1.
/// </remarks>
internal static class RandomOperation
{
    private const int Count = 10;
    private const double LargestTurn = Math.PI / 6, LargestShear = 0.3, LargestShift = 0.3, LargestChange = 0.9;

    /// <summary>Applies operations, one after the other.</summary>
    /// <param name="image">The image; replaced.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="operations">How many.</param>
    /// <param name="magnitude">Their strength, 0 to 1.</param>
    /// <param name="fill">The value of each channel for what comes in from outside.</param>
    /// <param name="random">The image's random numbers.</param>
    public static void Apply(Span<float> image, ImageShape shape, int operations, double magnitude, IReadOnlyList<float> fill, ref ImageRandom random)
    {
        for (var i = 0; i < operations; i++)
        {
            var kind = random.Below(Count);
            var strength = random.NextDouble() < 0.5 ? -magnitude : magnitude;
            switch (kind)
            {
                case 0:
                    break;
                case 1:
                    var (sine, cosine) = Math.SinCos(strength * LargestTurn);
                    Move(image, shape, cosine, sine, 0, -sine, cosine, 0, fill);
                    break;
                case 2:
                    Move(image, shape, 1, strength * LargestShear, 0, 0, 1, 0, fill);
                    break;
                case 3:
                    Move(image, shape, 1, 0, 0, strength * LargestShear, 1, 0, fill);
                    break;
                case 4:
                    Move(image, shape, 1, 0, strength * LargestShift * shape.Width, 0, 1, 0, fill);
                    break;
                case 5:
                    Move(image, shape, 1, 0, 0, 0, 1, strength * LargestShift * shape.Height, fill);
                    break;
                case 6:
                    Blend(image, 0, 1 + strength * LargestChange);
                    break;
                case 7:
                    Blend(image, Mean(image), 1 + strength * LargestChange);
                    break;
                case 8:
                    Solarize(image, 1 - (float)magnitude);
                    break;
                default:
                    Stretch(image, shape);
                    break;
            }
        }
    }

    /// <summary>Takes each pixel from an affine place around the middle, between its four neighbours.</summary>
    private static void Move(Span<float> image, ImageShape shape, double xx, double xy, double x0, double yx, double yy, double y0, IReadOnlyList<float> fill)
    {
        var source = image.ToArray();
        var (middleX, middleY) = ((shape.Width - 1) / 2.0, (shape.Height - 1) / 2.0);
        for (var i = 0; i < shape.Area; i++)
        {
            var (dx, dy) = (i % shape.Width - middleX, i / shape.Width - middleY);
            var (x, y) = (xx * dx + xy * dy + x0 + middleX, yx * dx + yy * dy + y0 + middleY);
            var (left, top) = ((int)Math.Floor(x), (int)Math.Floor(y));
            var (right, below) = ((float)(x - left), (float)(y - top));
            for (var channel = 0; channel < shape.Channels; channel++)
            {
                float At(int row, int column) =>
                    (uint)row < (uint)shape.Height && (uint)column < (uint)shape.Width ? source[channel * shape.Area + row * shape.Width + column] : fill[channel];
                var upper = At(top, left) * (1 - right) + At(top, left + 1) * right;
                var lower = At(top + 1, left) * (1 - right) + At(top + 1, left + 1) * right;
                image[channel * shape.Area + i] = upper * (1 - below) + lower * below;
            }
        }
    }

    /// <summary>Brightness (away from black) and contrast (away from the mean).</summary>
    private static void Blend(Span<float> image, float from, double factor)
    {
        foreach (ref var value in image)
            value = Math.Clamp(from + (float)factor * (value - from), 0, 1);
    }

    /// <summary>Inverts what is bright.</summary>
    private static void Solarize(Span<float> image, float threshold)
    {
        foreach (ref var value in image)
            value = value > threshold ? 1 - value : value;
    }

    /// <summary>Autocontrast: each channel from its darkest to its brightest value over the whole range.</summary>
    private static void Stretch(Span<float> image, ImageShape shape)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var plane = image.Slice(channel * shape.Area, shape.Area);
            var (low, high) = (float.MaxValue, float.MinValue);
            foreach (var value in plane)
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            if (high <= low)
                continue;
            foreach (ref var value in plane)
                value = (value - low) / (high - low);
        }
    }

    private static float Mean(ReadOnlySpan<float> image)
    {
        var sum = 0.0;
        foreach (var value in image)
            sum += value;
        return (float)(sum / image.Length);
    }
}
