using Nestor.Images;
using Nestor.Models;
using Nestor.Training.Robustness;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Bench.Robustness;

/// <summary>A model with the first images of a test part.</summary>
internal sealed class AttackSubject : IDisposable
{
    private readonly IImageModel model;

    /// <summary>Opens a model and reads images.</summary>
    /// <param name="folder">A model folder.</param>
    /// <param name="images">Images of a test part.</param>
    /// <param name="count">How many; all where there are fewer.</param>
    public AttackSubject(string folder, string images, int count)
    {
        model = ImageModels.Open(folder);
        Scores = PixelScores.Of(model, WidthPlanText.Parse("100%", model.Config));
        var set = ImageSet.Open(images, ImageSplit.Test, model.Images.ImageSize, model.Images.Channels).Take(count);
        var pixels = new float[set.Count * set.Shape.Length];
        for (var image = 0; image < set.Count; image++)
        {
            var bytes = set.Pixels(image);
            for (var i = 0; i < bytes.Length; i++)
                pixels[image * bytes.Length + i] = bytes[i] / 255f;
        }

        Images = tensor(pixels, set.Count, set.Shape.Channels, set.Shape.Height, set.Shape.Width).DetachFromDisposeScope();
        Labels = tensor(Enumerable.Range(0, set.Count).Select(image => (long)set.Label(image)).ToArray()).DetachFromDisposeScope();
    }

    /// <summary>(n, classes) of (n, channels, height, width).</summary>
    public Func<Tensor, Tensor> Scores { get; }

    /// <summary>The number of classes.</summary>
    public int Classes => model.Images.Classes;

    /// <summary>(n, channels, height, width), pixels from 0 to 1.</summary>
    public Tensor Images { get; }

    /// <summary>(n), int64.</summary>
    public Tensor Labels { get; }

    /// <summary>The model as attacks see it.</summary>
    public ModelDefence Defence => new(Classes, Scores);

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        model.Dispose();
        Images.Dispose();
        Labels.Dispose();
    }
}
