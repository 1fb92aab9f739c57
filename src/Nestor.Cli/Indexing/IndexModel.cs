using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Retrieval;
using Nestor.Retrieval.Embeddings;

namespace Nestor.Cli.Indexing;

/// <summary>What adding to an index did.</summary>
/// <param name="Added">Vectors that were added.</param>
/// <param name="Known">Things whose names the index held already; they were left out.</param>
internal readonly record struct Addition(int Added, int Known);

/// <summary>A model that fills an index and asks it: of texts or of pictures.</summary>
internal abstract class IndexModel : IDisposable
{
    /// <summary>Things that are embedded together.</summary>
    protected const int BatchSize = 256;

    // Work that an interruption may lose.
    private const int VectorsPerCommit = 4096;

    /// <summary>Where the model's embeddings lie.</summary>
    public abstract EmbeddingSpace Space { get; }

    /// <summary>The widths it has.</summary>
    public abstract INestedConfig Config { get; }

    /// <summary>Opens a model folder of either kind.</summary>
    /// <exception cref="NestorException">It is no model.</exception>
    public static IndexModel Open(string folder) =>
        Directory.Exists(folder) && VisionCheckpoint.IsIn(folder)
            ? new ImageIndexModel(ImageEmbeddingGenerator.Open(folder))
            : new TextIndexModel(TextEmbeddingGenerator.Open(folder));

    /// <summary>Adds everything of a source that is not in the index yet, and commits.</summary>
    /// <param name="index">The index.</param>
    /// <param name="source">The path of the texts or pictures.</param>
    /// <param name="plan">The width to embed at.</param>
    /// <param name="cancellation">Stops between two batches; what was committed stays.</param>
    public Addition AddTo(IndexWriter index, string source, WidthPlan plan, CancellationToken cancellation)
    {
        int before = index.Count, seen = 0, committed = before;
        foreach (var batch in Batches(source))
        {
            cancellation.ThrowIfCancellationRequested();
            seen += batch.Names.Count;
            var fresh = Enumerable.Range(0, batch.Names.Count).Where(i => !index.Contains(batch.Names[i])).DistinctBy(i => batch.Names[i], StringComparer.Ordinal).ToList();
            foreach (var (i, vector) in fresh.Zip(batch.Embed(fresh, plan, cancellation)))
                index.Add(batch.Names[i], vector);
            if (index.Count - committed < VectorsPerCommit)
                continue;
            index.Commit();
            committed = index.Count;
        }

        index.Commit();
        return new Addition(index.Count - before, seen - (index.Count - before));
    }

    /// <summary>The embedding of what a person asks by.</summary>
    /// <exception cref="NestorException">It cannot be embedded.</exception>
    public abstract float[] Query(string query, WidthPlan plan);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>What of a source is to be embedded, in batches: names as results will show them, and the embeddings of a choice of them.</summary>
    protected abstract IEnumerable<NamedBatch> Batches(string source);

    /// <summary>Some things of a source.</summary>
    /// <param name="Names">Their names.</param>
    /// <param name="Embed">Embeds those at some places.</param>
    protected sealed record NamedBatch(IReadOnlyList<string> Names, Func<IReadOnlyList<int>, WidthPlan, CancellationToken, float[][]> Embed);
}
