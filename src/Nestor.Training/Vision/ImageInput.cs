using Nestor.Models.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Vision;

/// <summary>Images as models take them.</summary>
internal static class ImageInput
{
    /// <summary>Checks the shape of a batch.</summary>
    /// <exception cref="ArgumentException">It is not (batch, channels, height, width) of the model.</exception>
    public static void Check(Tensor images, IImageConfig config)
    {
        if (images.shape is not [_, var channels, var height, var width] || channels != config.Channels || height != config.ImageSize || width != config.ImageSize)
            throw new ArgumentException($"Images of shape ({string.Join(", ", images.shape)}) were given; (batch, {config.Channels}, {config.ImageSize}, {config.ImageSize}) is wanted.", nameof(images));
    }
}
