using Nestor.Images;

namespace Nestor.Cli.Commands;

/// <summary>Images by their path or name, for every command that reads some.</summary>
internal static class ImageSources
{
    private const int BrokenShown = 3;

    /// <summary>Opens a set; broken images are counted and named on the error stream.</summary>
    public static ImageSet Open(string text, ImageSplit split, int? size = null, int? channels = null)
    {
        var images = ImageSet.Open(text, split, size, channels);
        if (images.Broken.Count > 0)
        {
            var named = images.Broken.Take(BrokenShown).Select(broken => $"{broken.Name} ({broken.Reason})");
            var rest = images.Broken.Count > BrokenShown ? $" and {images.Broken.Count - BrokenShown} more" : "";
            Console.Error.WriteLine($"nestor: {images.Broken.Count} broken {(images.Broken.Count == 1 ? "image" : "images")} of {images.Source} left out: {string.Join(", ", named)}{rest}.");
        }

        return images;
    }
}
