using Nestor.Images;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>Images of a set as attacks take them.</summary>
internal static class ImagePixels
{
    // The same images every time: results are compared with each other.
    private const int ChoiceSeed = 1;

    /// <summary>Places of some images, drawn at random but always the same ones, ascending.</summary>
    /// <param name="all">How many there are.</param>
    /// <param name="count">How many are wanted.</param>
    public static int[] Choice(int all, int count)
    {
        int[] places = [.. Enumerable.Range(0, all)];
        new Random(ChoiceSeed).Shuffle(places);
        return [.. places.Take(count).Order()];
    }

    /// <summary>Some images and their classes.</summary>
    /// <param name="set">Labelled images.</param>
    /// <param name="classes">Classes that the models know.</param>
    /// <param name="count">How many; all where there are fewer.</param>
    /// <param name="device">Where they are wanted.</param>
    /// <returns>(n, channels, height, width) pixels from 0 to 1, and (n) labels.</returns>
    /// <exception cref="NestorException">None was asked for, images have no class, or there are more classes than the models know.</exception>
    public static (Tensor Images, Tensor Labels) Of(ImageSet set, int classes, int count, Device device)
    {
        if (count < 1)
            throw new NestorException($"{count} images were asked for; at least 1 is needed.");
        if (!set.IsLabelled || set.Classes.Count > classes)
            throw new NestorException($"The images of {set.Source} are in {set.Classes.Count} classes, some perhaps in none; the models know {classes}. Use labelled images of the data set they were trained on.");
        var taken = Math.Min(count, set.Count);
        var chosen = Choice(set.Count, taken);
        var length = set.Shape.Length;
        var pixels = new float[taken * length];
        foreach (var (place, image) in chosen.Index())
        {
            var bytes = set.Pixels(image);
            for (var i = 0; i < length; i++)
                pixels[place * length + i] = bytes[i] / 255f;
        }

        return (tensor(pixels, taken, set.Shape.Channels, set.Shape.Height, set.Shape.Width).to(device), tensor(chosen.Select(i => (long)set.Label(i)).ToArray()).to(device));
    }
}
