using Nestor.Images;
using Nestor.Models.Vision;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Training.Data.Images;

/// <summary>Batches of varied images with their classes.</summary>
/// <remarks>Every core makes a part of a batch, but none is made ahead: see <see cref="TorchRuntime"/> for what garbage of another thread does to a running operation.</remarks>
public sealed class ImageBatches : IBatchSource
{
    private readonly ImageSet images;
    private readonly ImageRegularization regularization;
    private readonly ImageAugmentation augmentation;
    private readonly IImageConfig config;
    private readonly TrainingOptions options;

    /// <summary>Prepares batches for a model.</summary>
    /// <exception cref="NestorException">An option is impossible, an image has no class, or the images do not fit the model.</exception>
    public ImageBatches(ImageSet images, ImageRegularization regularization, IImageConfig config, TrainingOptions options)
    {
        options.Validate();
        regularization.Validate();
        if (!images.IsLabelled)
            throw new NestorException($"Some of the images of {images.Source} lie in no class; put them into a folder for each class.");
        if (images.Shape != new ImageShape(config.Channels, config.ImageSize, config.ImageSize) || images.Classes.Count > config.Classes)
            throw new NestorException($"The images of {images.Source} are {images.Shape} in {images.Classes.Count} classes, the model reads {config.Channels}x{config.ImageSize}x{config.ImageSize} and knows {config.Classes}; choose another shape of model.");
        if (options.WindowLength != 1)
            throw new NestorException($"An image is one example; a window of {options.WindowLength} was given, 1 is wanted.");
        if (regularization.StochasticDepth > 0 && config.ResidualBlocks == 0)
            throw new NestorException("The model has no residual blocks that stochastic depth could skip; leave it out.");
        (this.images, this.regularization, this.config, this.options) = (images, regularization, config, options);
        augmentation = new ImageAugmentation(images, regularization, config.Mean, config.StandardDeviation, options.BatchSize * options.Accumulate, (ulong)options.Seed);
    }

    /// <inheritdoc/>
    public string Source => $"{images.Source}: {images.Count:N0} images, {regularization}";

    /// <inheritdoc/>
    public string ContentHash => $"{images.ContentHash} {regularization}";

    /// <inheritdoc/>
    public TrainingBatch Batch(long step, int part, Device device)
    {
        var (rows, length, classes) = (options.BatchSize, config.ImageLength, config.Classes);
        var blocks = regularization.StochasticDepth > 0 ? config.ResidualBlocks : 0;
        var (pixels, answers, kept) = (new float[rows * length], new float[rows * classes], new float[rows * blocks]);
        Parallel.For(0, rows, row => augmentation.Fill(
            step,
            (long)part * rows + row,
            pixels.AsSpan(row * length, length),
            answers.AsSpan(row * classes, classes),
            kept.AsSpan(row * blocks, blocks)));
        return new TrainingBatch(
            tensor(pixels, rows, config.Channels, config.ImageSize, config.ImageSize).to(device),
            tensor(answers, rows, classes).to(device),
            blocks > 0 ? tensor(kept, rows, blocks).to(device) : null);
    }
}
