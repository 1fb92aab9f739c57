using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Images and labels as attacks take them.</summary>
internal static class Pixels
{
    /// <summary>Checks images and their labels.</summary>
    /// <exception cref="NestorException">A pixel is not from 0 to 1, a label is no class, or there are not as many labels as images.</exception>
    public static void Check(Tensor images, Tensor labels, int classes)
    {
        using var scope = NewDisposeScope();
        if (images.shape is not [> 0, _, _, _] || images.dtype != ScalarType.Float32)
            throw new NestorException($"Images of shape ({string.Join(", ", images.shape)}) and type {images.dtype} were given; (n, channels, height, width) of float32 is wanted, with one image at least.");
        if (labels.shape is not [var count] || count != images.shape[0] || labels.dtype != ScalarType.Int64)
            throw new NestorException($"Labels of shape ({string.Join(", ", labels.shape)}) and type {labels.dtype} were given for {images.shape[0]} images; one int64 for each is wanted.");
        if (!images.ge(0).logical_and(images.le(1)).all().item<bool>())
            throw new NestorException($"Pixels from {images.min().item<float>()} to {images.max().item<float>()} were given; they must be from 0 to 1, and a model normalises them itself.");
        if (!labels.ge(0).logical_and(labels.lt(classes)).all().item<bool>())
            throw new NestorException($"Labels from {labels.min().item<long>()} to {labels.max().item<long>()} were given; the defence has {classes} classes, numbered from 0.");
    }
}
