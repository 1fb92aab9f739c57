using Nestor.Formats;
using Nestor.Inference;
using Nestor.Retrieval.Kernels;

namespace Nestor.Retrieval;

/// <summary>A folder of named vectors of one <see cref="EmbeddingSpace"/>, searched exactly: encoded once with the universal model, queried by any slice of it.</summary>
/// <remarks>
/// The vectors are mapped, not read: they are shared with other processes and need not fit in memory. What is opened stays as it is while
/// an <see cref="IndexWriter"/> adds more; open the folder again to see that. Searching is safe from several threads.
/// </remarks>
public sealed unsafe class VectorIndex : IDisposable
{
    private readonly IndexNames names;
    private readonly MappedFile? vectors;

    private VectorIndex(string folder, IndexCommit commit, IndexNames names, MappedFile? vectors) =>
        (Folder, Commit, this.names, this.vectors) = (folder, commit, names, vectors);

    /// <summary>The folder that was opened.</summary>
    public string Folder { get; }

    /// <summary>Where the vectors lie.</summary>
    public EmbeddingSpace Space => Commit.Space;

    /// <summary>What they are compared by.</summary>
    public Similarity Similarity => Commit.Similarity;

    /// <summary>Number of vectors.</summary>
    public int Count => Commit.Count;

    /// <summary>(count, stride) The vectors; null where there is none.</summary>
    /// <exception cref="ObjectDisposedException">The index was disposed.</exception>
    internal float* Rows => vectors is null ? null : (float*)vectors.At(0);

    /// <summary>What was opened.</summary>
    internal IndexCommit Commit { get; }

    /// <summary>Opens an index and checks it completely: costs reading it once.</summary>
    /// <exception cref="NestorException">There is no index, or a file of it is missing, cut short or damaged.</exception>
    public static VectorIndex Open(string folder)
    {
        var commit = IndexCommit.Read(folder);
        var names = IndexNames.Read(folder, commit);
        var index = new VectorIndex(folder, commit, names, commit.Count == 0 ? null : Map(folder, commit));
        try
        {
            index.CheckVectors();
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Whether a folder holds an index.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, IndexFolder.Commit));

    /// <summary>The name of a vector.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector.</exception>
    public string Name(int row) => names[row];

    /// <summary>A vector as it is compared, (dimensions): of length 1 where the similarity is the cosine.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector.</exception>
    /// <exception cref="ObjectDisposedException">The index was disposed.</exception>
    public float[] Vector(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
        return new ReadOnlySpan<float>(Rows + (nint)row * Commit.Stride, Space.Dimensions).ToArray();
    }

    /// <summary>Refuses a model whose embeddings cannot be compared with the index's.</summary>
    /// <param name="space">The model's space.</param>
    /// <exception cref="NestorException">It is another universal model, or its embeddings have another length.</exception>
    public void ThrowIfOther(EmbeddingSpace space) => ThrowIfOther(Folder, Space, space);

    /// <summary>The vectors most alike a query, best first; of equal ones the one that was added first.</summary>
    /// <param name="query">(dimensions)</param>
    /// <param name="options">How to search; the defaults if not given.</param>
    /// <exception cref="NestorException">The query has another length, cannot be compared, or an option is out of range.</exception>
    /// <exception cref="ObjectDisposedException">The index was disposed.</exception>
    public IReadOnlyList<Match> Search(ReadOnlySpan<float> query, SearchOptions? options = null)
    {
        if (query.Length != Space.Dimensions)
            throw new NestorException($"The query has {query.Length} dimensions, the vectors of '{Folder}' have {Space.Dimensions}; use the index's own model.");
        return SearchMany(query, options)[0];
    }

    /// <summary>The vectors most alike each of several queries: the vectors are read from memory once for many of them.</summary>
    /// <param name="queries">(queries, dimensions)</param>
    /// <param name="options">How to search; the defaults if not given.</param>
    /// <exception cref="NestorException">The queries are no whole number of vectors, one cannot be compared, or an option is out of range.</exception>
    /// <exception cref="ObjectDisposedException">The index was disposed.</exception>
    public IReadOnlyList<IReadOnlyList<Match>> SearchMany(ReadOnlySpan<float> queries, SearchOptions? options = null) =>
        SearchMany(queries, options ?? new SearchOptions(), ScoreKernels.Best);

    /// <summary>Closes the index; nothing may be searching it.</summary>
    public void Dispose() => vectors?.Dispose();

    internal static void ThrowIfOther(string folder, EmbeddingSpace index, EmbeddingSpace model)
    {
        if (index.Fingerprint != model.Fingerprint)
            throw new NestorException($"The index '{folder}' holds embeddings of another model, which cannot be compared with this one's; use the model it was built with or a slice of that, or build an index with this model.");
        if (index.Dimensions != model.Dimensions)
            throw new NestorException($"The index '{folder}' holds vectors of {index.Dimensions} dimensions, the model's embeddings have {model.Dimensions}; build the index again.");
    }

    internal Match[][] SearchMany(ReadOnlySpan<float> queries, SearchOptions options, ScoreKernel kernel)
    {
        options.Validate();
        if (options.FilterDimensions > Space.Dimensions)
            throw new NestorException($"A filter by {options.FilterDimensions} dimensions was wanted, the vectors of '{Folder}' have {Space.Dimensions}; filter by fewer.");
        if (queries.Length % Space.Dimensions != 0)
            throw new NestorException($"{queries.Length} numbers are no whole number of queries of {Space.Dimensions} dimensions; use the index's own model.");
        var count = queries.Length / Space.Dimensions;
        var padded = new FloatBuffer(Math.Max(1, (long)count * Commit.Stride));
        for (var i = 0; i < count; i++)
            ComparableVector.Write(queries.Slice(i * Space.Dimensions, Space.Dimensions), Similarity, new Span<float>(padded.Pointer + (nint)i * Commit.Stride, Commit.Stride), "The query");
        var matches = new VectorScan(Rows, Commit.Stride, Count, kernel).Search(padded.Pointer, count, options);
        GC.KeepAlive(padded);
        return matches;
    }

    private static MappedFile Map(string folder, IndexCommit commit)
    {
        var map = MappedFile.Open(Path.Combine(folder, IndexFolder.Vectors), atLeast: 1, FileShare.ReadWrite | FileShare.Delete);
        if (map.Length >= commit.VectorBytes)
            return map;
        map.Dispose();
        throw new NestorException($"The file '{map.Path}' is {map.Length} bytes long, {commit.VectorBytes} were wanted: it was cut short; build the index again.");
    }

    private void CheckVectors()
    {
        const int block = 1 << 20;
        var checksum = Checksum.Empty;
        for (long at = 0; at < Commit.VectorBytes; at += block)
            checksum = Checksum.Append(checksum, new ReadOnlySpan<byte>(vectors!.At(at), (int)Math.Min(block, Commit.VectorBytes - at)));
        if (checksum != Commit.VectorChecksum)
            throw new NestorException($"The file '{Path.Combine(Folder, IndexFolder.Vectors)}' is damaged: its vectors are not those that were written; build the index again.");
    }
}
