using Nestor.Images;

namespace Nestor.Training.Data.Images;

/// <summary>One row of a batch from a set of images: chosen, moved, mirrored, changed, blended; every part a function of (seed, step, row).</summary>
/// <param name="images">The images.</param>
/// <param name="regularization">What is random.</param>
/// <param name="mean">The value of each channel, 0 to 1, for what comes in from outside an image, and what normalisation subtracts.</param>
/// <param name="deviation">What normalisation divides each channel by.</param>
/// <param name="batchSize">Rows of a step, over all its parts.</param>
/// <param name="seed">Decides everything.</param>
internal sealed class ImageAugmentation(ImageSet images, ImageRegularization regularization, IReadOnlyList<float> mean, IReadOnlyList<float> deviation, int batchSize, ulong seed)
{
    private readonly ImageOrder order = new(images.Count, seed);

    /// <summary>The image that a row is made of; mixup blends another in.</summary>
    public int ImageAt(long step, long row) => order.At(step * batchSize + row);

    /// <summary>Makes a row.</summary>
    /// <param name="step">The training step.</param>
    /// <param name="row">The row in the step's whole batch.</param>
    /// <param name="pixels">Receives the image, (channels, height, width), normalised.</param>
    /// <param name="answer">Receives the probability of each class.</param>
    /// <param name="kept">Receives the factor on what each block adds, two blocks a layer: 0 where the image skips it, and where not, what keeps its mean.</param>
    public void Fill(long step, long row, Span<float> pixels, Span<float> answer, Span<float> kept)
    {
        var random = new ImageRandom(seed, step, row);
        var image = ImageAt(step, row);
        Vary(image, pixels, ref random);
        answer.Fill((float)(regularization.LabelSmoothing / answer.Length));
        var sure = 1 - (float)regularization.LabelSmoothing;
        if (regularization.Mixup > 0)
        {
            var share = (float)random.NextBeta(regularization.Mixup);
            var partner = random.Below(images.Count);
            var other = new float[pixels.Length];
            Vary(partner, other, ref random);
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = share * pixels[i] + (1 - share) * other[i];
            answer[images.Label(image)] += share * sure;
            answer[images.Label(partner)] += (1 - share) * sure;
        }
        else
        {
            answer[images.Label(image)] += sure;
        }

        Normalize(pixels);
        for (var block = 0; block < kept.Length; block++)
        {
            var skip = SkipProbability(block / 2, kept.Length / 2);
            kept[block] = random.NextDouble() < skip ? 0 : (float)(1 / (1 - skip));
        }
    }

    /// <summary>The probability that a layer's blocks are skipped.</summary>
    public double SkipProbability(int layer, int layers) => regularization.StochasticDepth * layer / Math.Max(1, layers - 1);

    private void Vary(int image, Span<float> pixels, ref ImageRandom random)
    {
        var shape = images.Shape;
        var bytes = images.Pixels(image);
        var (down, right) = regularization.Crop == 0 ? (0, 0) : (random.Below(2 * regularization.Crop + 1) - regularization.Crop, random.Below(2 * regularization.Crop + 1) - regularization.Crop);
        var mirrored = regularization.Flip && random.NextDouble() < 0.5;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var y = 0; y < shape.Height; y++)
            {
                for (var x = 0; x < shape.Width; x++)
                {
                    var (row, column) = (y + down, (mirrored ? shape.Width - 1 - x : x) + right);
                    var inside = (uint)row < (uint)shape.Height && (uint)column < (uint)shape.Width;
                    pixels[channel * shape.Area + y * shape.Width + x] = inside ? bytes[channel * shape.Area + row * shape.Width + column] * (1 / 255f) : mean[channel];
                }
            }
        }

        RandomOperation.Apply(pixels, shape, regularization.Operations, regularization.Magnitude, mean, ref random);
    }

    private void Normalize(Span<float> pixels)
    {
        var area = images.Shape.Area;
        for (var channel = 0; channel < images.Shape.Channels; channel++)
        {
            foreach (ref var value in pixels.Slice(channel * area, area))
                value = (value - mean[channel]) / deviation[channel];
        }
    }
}
