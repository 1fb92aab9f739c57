using Nestor.Images;
using Nestor.Models;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Evaluation;

/// <summary>Measures how often a model at any plan is right about images, each seen once as it is.</summary>
public sealed class AccuracyEvaluation
{
    private const int ImagesPerBatch = 250;

    private readonly IImageModel model;
    private readonly ImageSet images;
    private readonly int[] labels;

    /// <summary>Prepares the measurement.</summary>
    /// <exception cref="NestorException">An image has no class, or one that the model does not know, or the images have another shape than the model's.</exception>
    public AccuracyEvaluation(IImageModel model, ImageSet images)
    {
        var config = model.Images;
        if (!images.IsLabelled)
            throw new NestorException($"Some of the images of {images.Source} lie in no class, so nothing says what is right; put them into a folder for each class.");
        if (images.Shape != new ImageShape(config.Channels, config.ImageSize, config.ImageSize))
            throw new NestorException($"The images of {images.Source} are {images.Shape}, the model reads {config.Channels}x{config.ImageSize}x{config.ImageSize}; use images of its size.");
        int[] classes = [.. images.Classes.Select((name, i) => ClassOf(config.Labels, name, i))];
        if (classes.Any(label => label < 0 || label >= config.Classes))
            throw new NestorException($"The classes of {images.Source} ({string.Join(", ", images.Classes.Take(12))}) are not those of the model ({string.Join(", ", config.Labels.Take(12))}); use images of the data set it was trained on.");
        (this.model, this.images) = (model, images);
        labels = [.. Enumerable.Range(0, images.Count).Select(i => classes[images.Label(i)])];
    }

    /// <summary>Measures one plan, in float32.</summary>
    /// <param name="plan">The widths to run.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public MeasuredAccuracy Measure(WidthPlan plan, CancellationToken cancellation = default)
    {
        using var quiet = no_grad();
        var (right, nats) = (0L, 0.0);
        for (var start = 0; start < images.Count; start += ImagesPerBatch)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var count = Math.Min(ImagesPerBatch, images.Count - start);
            var answers = tensor(labels.Skip(start).Take(count).Select(label => (long)label).ToArray()).to(model.Device);
            var scores = model.Classify(Pixels(start, count), plan).to(ScalarType.Float32);              // (count, classes)
            nats += nn.functional.cross_entropy(scores, answers, reduction: nn.Reduction.Sum).item<float>();
            right += scores.argmax(1).eq(answers).sum().item<long>();
        }

        return new MeasuredAccuracy(plan, (int)right, images.Count, nats / images.Count);
    }

    /// <summary>A class by its name; by its place where the model's classes have no names.</summary>
    private static int ClassOf(IReadOnlyList<string> labels, string name, int place) =>
        labels.Count == 0 ? place : labels.Index().Where(label => label.Item == name).Select(label => label.Index).DefaultIfEmpty(-1).First();

    private Tensor Pixels(int start, int count)
    {
        var (config, length) = (model.Images, images.Shape.Length);
        var pixels = new float[count * length];
        for (var image = 0; image < count; image++)
            config.Normalize(images.Pixels(start + image), pixels.AsSpan(image * length, length));

        return tensor(pixels, count, config.Channels, config.ImageSize, config.ImageSize).to(model.Device);
    }
}
