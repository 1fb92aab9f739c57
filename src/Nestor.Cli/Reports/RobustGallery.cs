using Nestor.Cli.Commands;
using Nestor.Training.Robustness;
using SkiaSharp;
using static TorchSharp.torch;

namespace Nestor.Cli.Reports;

/// <summary>A few images that fell, each beside what it became and what was changed.</summary>
/// <param name="Class">What each shows.</param>
/// <param name="Png">The picture: image, changed image, and the change around grey, as large as its largest value allows.</param>
internal sealed record RobustGallery(string Class, byte[] Png)
{
    private const int Most = 6, Magnified = 4;

    /// <summary>The first images that fell.</summary>
    public static IReadOnlyList<RobustGallery> Of(Tensor images, RobustnessResult result, Tensor labels, PoolImages config) =>
        [.. Enumerable.Range(0, result.IsRobust.Length).Where(i => result.IsCorrect[i] && !result.IsRobust[i]).Take(Most).Select(i => new RobustGallery(
            config.Labels.ElementAtOrDefault((int)labels[i].item<long>()) ?? $"class {labels[i].item<long>()}", Draw(images[i], result.Images[i])))];

    private static byte[] Draw(Tensor before, Tensor after)
    {
        using var scope = NewDisposeScope();
        var change = after - before;
        var shown = change / (2 * change.abs().max().clamp(min: 1e-9)) + 0.5;
        var row = cat([before, after, shown], 2).clamp(0, 1).cpu();                                      // (channels, height, 3 * width)
        var (channels, height, width) = ((int)row.shape[0], (int)row.shape[1], (int)row.shape[2]);
        var values = row.mul(255).round().to(ScalarType.Byte).contiguous().data<byte>().ToArray();
        using var bitmap = new SKBitmap(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                bitmap.SetPixel(x, y, new SKColor(Value(0, y, x), Value(Math.Min(1, channels - 1), y, x), Value(Math.Min(2, channels - 1), y, x)));
        }

        using var large = bitmap.Resize(new SKImageInfo(width * Magnified, height * Magnified), SKSamplingOptions.Default);
        return large.Encode(SKEncodedImageFormat.Png, 100).ToArray();

        byte Value(int channel, int y, int x) => values[(channel * height + y) * width + x];
    }
}
