using System.Globalization;
using Nestor.Inference;

namespace Nestor.Images;

/// <summary>Drawn images of ten shapes, for tests and for users without data: every image is a function of (part, number, difficulty, shape).</summary>
/// <remarks>
/// With the difficulty, from 0 to 1, grow noise, the range of places, sizes and turns, and the number of distracting lines, and the contrast between shape and
/// background falls. The text is <c>shapes</c> or <c>shapes:0.8</c>.
/// </remarks>
public static class ShapeImages
{
    private const string Word = "shapes";
    private const int TrainImages = 10_000, TestImages = 2_000;
    private const double StandardDifficulty = 0.5;

    /// <summary>Colour images of 32 x 32.</summary>
    public static ImageShape StandardShape { get; } = new(3, 32, 32);

    /// <summary>Draws a part: 10,000 images to train on or 2,000 to measure on.</summary>
    /// <param name="split">The part.</param>
    /// <param name="difficulty">From 0 to 1.</param>
    /// <param name="shape">The shape of the images.</param>
    /// <param name="count">Images; null for all of the part.</param>
    /// <exception cref="NestorException">The shape or the difficulty is impossible.</exception>
    public static ImageSet Draw(ImageSplit split, double difficulty = StandardDifficulty, ImageShape? shape = null, int? count = null)
    {
        var size = shape ?? StandardShape;
        size.Validate();
        if (difficulty is not (>= 0 and <= 1))
            throw new NestorException($"A difficulty of {difficulty} was given; shapes can be drawn from 0 to 1.");
        var images = new byte[count ?? (split == ImageSplit.Train ? TrainImages : TestImages)][];
        Parallel.For(0, images.Length, i => images[i] = Draw(split, i, difficulty, size));
        var part = split == ImageSplit.Train ? "train" : "test";
        return new ImageSet(
            string.Create(CultureInfo.InvariantCulture, $"drawn shapes of difficulty {difficulty}"),
            size,
            ShapeOutline.Names,
            images,
            Enumerable.Range(0, images.Length).Select(LabelOf),
            i => $"{Word}/{part}/{i}");
    }

    /// <summary>Reads <c>shapes</c> and <c>shapes:0.8</c>.</summary>
    internal static bool TryParse(string text, out double difficulty)
    {
        difficulty = StandardDifficulty;
        if (text == Word)
            return true;
        if (!text.StartsWith(Word + ":", StringComparison.Ordinal))
            return false;
        return double.TryParse(text[(Word.Length + 1)..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out difficulty)
            ? true
            : throw new NestorException($"'{text}' names no difficulty; write it like shapes:0.8, from 0 to 1.");
    }

    private static int LabelOf(int image) => image % ShapeOutline.Names.Count;

    private static byte[] Draw(ImageSplit split, int image, double difficulty, ImageShape size)
    {
        var random = new Xoshiro256(((ulong)split << 32) | (uint)image);
        double Between(double from, double to) => from + (to - from) * random.NextUnit();

        var radius = Between(0.62 - 0.3 * difficulty, 0.75);
        var room = Math.Max(0, 1 - radius) * difficulty;
        var (centreX, centreY, turn) = (Between(-room, room), Between(-room, room), Between(-Math.PI, Math.PI) * difficulty);
        var (sine, cosine) = Math.SinCos(turn);
        var (ground, paint) = (new double[size.Channels], new double[size.Channels]);
        var sign = random.NextUnit() < 0.5 * difficulty ? -1 : 1;
        for (var channel = 0; channel < size.Channels; channel++)
        {
            ground[channel] = sign > 0 ? Between(0, 0.3) : Between(0.7, 1);
            paint[channel] = Math.Clamp(ground[channel] + sign * Between(0.7 - 0.5 * difficulty, 0.9 - 0.3 * difficulty), 0, 1);
        }

        var lines = new (double Angle, double Offset)[(int)Math.Round(3 * difficulty)];
        for (var i = 0; i < lines.Length; i++)
            lines[i] = (Between(0, Math.PI), Between(-1, 1));

        var pixels = new byte[size.Length];
        var pixel = 2.0 / Math.Min(size.Height, size.Width);
        for (var i = 0; i < size.Area; i++)
        {
            var (x, y) = ((i % size.Width + 0.5 - size.Width / 2.0) * pixel, (i / size.Width + 0.5 - size.Height / 2.0) * pixel);
            var (dx, dy) = (x - centreX, y - centreY);
            var distance = radius * ShapeOutline.Distance(LabelOf(image), (cosine * dx + sine * dy) / radius, (cosine * dy - sine * dx) / radius);
            var cover = Math.Clamp(0.5 - distance / pixel, 0, 1);
            foreach (var (angle, offset) in lines)
                cover = Math.Max(cover, 0.6 * Math.Clamp(1 - Math.Abs(Math.Cos(angle) * x + Math.Sin(angle) * y - offset) / pixel, 0, 1));
            for (var channel = 0; channel < size.Channels; channel++)
            {
                var noise = (random.NextUnit() + random.NextUnit() - 1) * 0.5 * difficulty;
                pixels[channel * size.Area + i] = (byte)Math.Round(255 * Math.Clamp(ground[channel] + cover * (paint[channel] - ground[channel]) + noise, 0, 1));
            }
        }

        return pixels;
    }
}
