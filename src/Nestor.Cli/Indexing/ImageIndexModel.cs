using Microsoft.Extensions.AI;
using Nestor.Cli.Commands;
using Nestor.Formats;
using Nestor.Images;
using Nestor.Models;
using Nestor.Retrieval;
using Nestor.Retrieval.Embeddings;

namespace Nestor.Cli.Indexing;

/// <summary>An index of pictures, called by their files. Broken ones are named on the error stream and left out.</summary>
internal sealed class ImageIndexModel(ImageEmbeddingGenerator generator) : IndexModel
{
    /// <inheritdoc/>
    public override EmbeddingSpace Space => generator.Space;

    /// <inheritdoc/>
    public override INestedConfig Config => generator.Config;

    /// <inheritdoc/>
    public override float[] Query(string query, WidthPlan plan)
    {
        try
        {
            FileError.CheckPath(query);
            return generator.Embed([new DataContent(File.ReadAllBytes(query), "image/*")], plan)[0];
        }
        catch (NestorException error) when (error.InnerException is null)
        {
            throw new NestorException($"The query {Quoted.Quote(query)} cannot be embedded: {error.Message}", error);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(query, error);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => generator.Dispose();

    /// <inheritdoc/>
    protected override IEnumerable<NamedBatch> Batches(string source)
    {
        var images = ImageSources.Open(source, ImageSplit.Train, generator.Shape.Height, generator.Shape.Channels);
        return Enumerable.Range(0, images.Count).Chunk(BatchSize).Select(places => new NamedBatch(
            Array.ConvertAll(places, images.Name), (chosen, plan, cancellation) => generator.Embed(images, [.. chosen.Select(i => places[i])], plan, cancellation)));
    }
}
