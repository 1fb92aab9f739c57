using Microsoft.Extensions.AI;
using Nestor.Images;
using Nestor.Inference.Vision;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Retrieval.Embeddings;

/// <summary>Embeddings of JPEG and PNG files, scaled and cut to the model's size: the vector that its classifier reads.</summary>
public sealed class ImageEmbeddingGenerator : NestedEmbeddingGenerator<DataContent>
{
    private const int ImagesTogether = 64;

    private readonly VisionEncoder encoder;

    /// <summary>Creates a generator of an open model folder.</summary>
    /// <param name="checkpoint">The model; it may be closed afterwards.</param>
    /// <param name="encoder">The model's encoder, to share its weights with others; one of its own if not given.</param>
    /// <exception cref="NestorException">There is not enough memory.</exception>
    public ImageEmbeddingGenerator(VisionCheckpoint checkpoint, VisionEncoder? encoder = null)
        : this(checkpoint.Folder, encoder ?? VisionEncoder.Load(checkpoint))
    {
    }

    private ImageEmbeddingGenerator(string folder, VisionEncoder encoder)
        : base(folder, encoder.Config, new EmbeddingSpace(encoder.Fingerprint, encoder.Config.HiddenSize), owned: null) => this.encoder = encoder;

    /// <summary>The shape of the pictures that the model takes.</summary>
    public ImageShape Shape => new(encoder.Config.Channels, encoder.Config.ImageSize, encoder.Config.ImageSize);

    /// <summary>Opens a model folder.</summary>
    /// <exception cref="NestorException">The folder is no vision model.</exception>
    public static ImageEmbeddingGenerator Open(string folder)
    {
        using var checkpoint = VisionCheckpoint.Open(folder);
        return new ImageEmbeddingGenerator(checkpoint);
    }

    /// <inheritdoc/>
    /// <exception cref="NestorException">An input is no JPEG or PNG file, or the plan does not fit the model.</exception>
    public override float[][] Embed(IReadOnlyList<DataContent> inputs, WidthPlan plan, CancellationToken cancellation = default) =>
        EmbedPixels(inputs.Count, i => Pixels(inputs[i], i), plan, cancellation);

    /// <summary>The embeddings of images of a set.</summary>
    /// <param name="images">The set; its images are of the model's <see cref="Shape"/>.</param>
    /// <param name="chosen">Which of them.</param>
    /// <param name="plan">Feed-forward neurons of each layer.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <exception cref="NestorException">The images have another shape, or the plan does not fit the model.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public float[][] Embed(ImageSet images, IReadOnlyList<int> chosen, WidthPlan plan, CancellationToken cancellation = default)
    {
        if (images.Shape != Shape)
            throw new NestorException($"The images of {images.Source} are {images.Shape}, the model '{ModelId}' takes {Shape}; use a model for their size.");
        return EmbedPixels(chosen.Count, i => images.Pixels(chosen[i]).ToArray(), plan, cancellation);
    }

    private byte[] Pixels(DataContent input, int place) => ImageDecoder.Decode(input.Data.ToArray(), out var reason) is { } image
        ? ImageFit.Fit(image, Shape)
        : throw new NestorException($"The picture {place + 1} cannot be read: {reason}; give a JPEG or PNG file.");

    private float[][] EmbedPixels(int count, Func<int, byte[]> pixels, WidthPlan plan, CancellationToken cancellation)
    {
        var length = encoder.Config.ImageLength;
        var values = new float[Math.Min(count, ImagesTogether) * length];                        // (images, channels, height, width)
        var embeddings = new float[count][];
        for (var first = 0; first < count; first += ImagesTogether)
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = Math.Min(ImagesTogether, count - first);
            for (var i = 0; i < batch; i++)
                encoder.Config.Normalize(pixels(first + i), values.AsSpan(i * length, length));
            var vectors = encoder.Embed(values.AsSpan(0, batch * length), plan);                  // (images, hidden)
            for (var i = 0; i < batch; i++)
                embeddings[first + i] = vectors[(i * Space.Dimensions)..((i + 1) * Space.Dimensions)];
        }

        return embeddings;
    }
}
