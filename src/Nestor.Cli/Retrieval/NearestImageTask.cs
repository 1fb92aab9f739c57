using Nestor.Cli.Commands;
using Nestor.Images;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Retrieval;
using Nestor.Retrieval.Embeddings;

namespace Nestor.Cli.Retrieval;

/// <summary>The class of the nearest training image, as the answer for a test image: MatFormer (arXiv 2310.07707) §4.2.2.</summary>
/// <remarks>The paper does not say which split is the database, nor which distance it uses; here, as in MRL, the training images are the database, compared by cosine.</remarks>
internal sealed class NearestImageTask : RetrievalTask
{
    private readonly ImageSet database, queries;

    /// <summary>Reads both parts of a data set, in the shape of the nested model.</summary>
    public NearestImageTask(string name, string title, string images, string work)
    {
        (Name, Title, NestedFolder) = (name, title, Path.Combine(work, name, "matvit"));
        using var checkpoint = VisionCheckpoint.Open(NestedFolder);
        var (size, channels) = (checkpoint.Config.ImageSize, checkpoint.Config.Channels);
        database = ImageSources.Open(images, ImageSplit.Train, size, channels);
        queries = ImageSources.Open(images, ImageSplit.Test, size, channels);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Title { get; }

    /// <inheritdoc/>
    public override string Description =>
        $"The {database.Count:N0} training images are the database, the {queries.Count:N0} test images the queries; an answer is right where the nearest image, by cosine, is of the query's class.";

    /// <inheritdoc/>
    public override string NestedFolder { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Measures => ["1-NN accuracy"];

    /// <inheritdoc/>
    public override int Depth => 1;

    /// <inheritdoc/>
    public override IRetrievalEncoder Open(string folder) => new Encoder(folder, database, queries);

    /// <inheritdoc/>
    public override double[] Measure(IReadOnlyList<IReadOnlyList<Match>> answers) =>
        [100.0 * answers.Select((matches, i) => database.Label(matches[0].Row) == queries.Label(i)).Count(right => right) / answers.Count];

    private sealed class Encoder(string folder, ImageSet database, ImageSet queries) : IRetrievalEncoder
    {
        private readonly ImageEmbeddingGenerator generator = ImageEmbeddingGenerator.Open(folder);

        public INestedConfig Config => generator.Config;

        public EmbeddingSpace Space => generator.Space;

        public long Parameters(WidthPlan plan) => VisionParameterCount.Of((VisionConfig)Config, plan).Encoder;

        public float[][] Database(WidthPlan plan, CancellationToken cancellation) => Embed(database, plan, cancellation);

        public float[][] Queries(WidthPlan plan, CancellationToken cancellation) => Embed(queries, plan, cancellation);

        public void Dispose() => generator.Dispose();

        private float[][] Embed(ImageSet images, WidthPlan plan, CancellationToken cancellation) =>
            generator.Embed(images, [.. Enumerable.Range(0, images.Count)], plan, cancellation);
    }
}
