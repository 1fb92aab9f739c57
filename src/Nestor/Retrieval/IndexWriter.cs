using System.Runtime.InteropServices;
using Nestor.Formats;

namespace Nestor.Retrieval;

/// <summary>Makes an index, or adds to one: vectors are appended and count from the next <see cref="Commit"/>.</summary>
/// <remarks>
/// One program adds at a time; others go on searching what they opened. A program that is killed, or a writer that is disposed without a
/// commit, leaves the index as the last commit made it. Files are flushed to the disk before a commit names them.
/// </remarks>
public sealed class IndexWriter : IDisposable
{
    private readonly string folder;
    private readonly FileStream held;
    private readonly FileStream vectors;
    private readonly FileStream names;
    private readonly HashSet<string> known;
    private readonly float[] row;
    private IndexCommit pending;
    private bool broken;

    private IndexWriter(string folder, FileStream held, IndexCommit commit, HashSet<string> known)
    {
        (this.folder, this.held, pending, this.known) = (folder, held, commit, known);
        row = new float[commit.Stride];
        vectors = Open(IndexFolder.Vectors, commit.VectorBytes);
        names = Open(IndexFolder.Names, commit.NameBytes);
    }

    /// <summary>Where the vectors lie.</summary>
    public EmbeddingSpace Space => pending.Space;

    /// <summary>What the vectors are compared by.</summary>
    public Similarity Similarity => pending.Similarity;

    /// <summary>Vectors in the index, those included that no commit has made count yet.</summary>
    public int Count => pending.Count;

    /// <summary>Makes an empty index, committed, and opens it to add.</summary>
    /// <param name="folder">Created where it does not exist.</param>
    /// <param name="space">Where the vectors will lie.</param>
    /// <param name="similarity">What they will be compared by.</param>
    /// <exception cref="NestorException">The folder holds an index already, another program adds to it, it cannot be written, or the space cannot be one of vectors.</exception>
    public static IndexWriter Create(string folder, EmbeddingSpace space, Similarity similarity = Similarity.Cosine)
    {
        if (space.Dimensions is <= 0 or > IndexCommit.MostDimensions)
            throw new NestorException($"An index of {space.Dimensions} dimensions cannot be built; from 1 to {IndexCommit.MostDimensions} are possible.");
        if (!IndexCommit.IsFingerprint(space.Fingerprint))
            throw new NestorException($"The fingerprint {Quoted.Quote(space.Fingerprint)} cannot be stored; up to 64 letters and digits are possible.");
        if (VectorIndex.IsIn(folder))
            throw new NestorException($"The folder '{folder}' holds an index already; add to it by nestor index add, or choose another folder.");
        var held = Hold(folder);
        try
        {
            var commit = IndexCommit.Empty(space, similarity);
            commit.Write(folder);
            return new IndexWriter(folder, held, commit, []);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Opens an index to add vectors.</summary>
    /// <param name="folder">The index.</param>
    /// <param name="space">The space of the model that makes the vectors.</param>
    /// <exception cref="NestorException">There is no index, it is damaged or of another space, another program adds to it, or it cannot be written.</exception>
    public static IndexWriter Open(string folder, EmbeddingSpace space)
    {
        VectorIndex.ThrowIfOther(folder, IndexCommit.Read(folder).Space, space);
        var held = Hold(folder);
        try
        {
            using var index = VectorIndex.Open(folder);
            return new IndexWriter(folder, held, index.Commit, Enumerable.Range(0, index.Count).Select(index.Name).ToHashSet(StringComparer.Ordinal));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Whether a vector of that name is in the index.</summary>
    public bool Contains(string name) => known.Contains(name);

    /// <summary>Adds a vector.</summary>
    /// <param name="name">What it is called in results; no other vector of the index may be called so.</param>
    /// <param name="vector">(dimensions)</param>
    /// <exception cref="NestorException">The name is there already or too long, the vector has another length or cannot be compared, the index is full, or a file cannot be written.</exception>
    public void Add(string name, ReadOnlySpan<float> vector)
    {
        if (vector.Length != Space.Dimensions)
            throw new NestorException($"The vector {Quoted.Quote(name)} has {vector.Length} dimensions, those of '{folder}' have {Space.Dimensions}; use the index's own model.");
        if (Contains(name))
            throw new NestorException($"The index '{folder}' holds a vector {Quoted.Quote(name)} already; give the new one another name.");
        var encoded = IndexNames.Encode(name);
        if (Count == Array.MaxLength || encoded.Length > Array.MaxLength - pending.NameBytes)
            throw new NestorException($"The index '{folder}' is full: it has {Count:N0} vectors; start another one.");
        ComparableVector.Write(vector, Similarity, row, $"The vector {Quoted.Quote(name)}");

        Writing(vectors, stream => stream.Write(MemoryMarshal.AsBytes(row.AsSpan())));
        Writing(names, stream => stream.Write(encoded));
        known.Add(name);
        pending = pending with
        {
            Count = pending.Count + 1,
            NameBytes = pending.NameBytes + encoded.Length,
            VectorChecksum = Checksum.Append(pending.VectorChecksum, MemoryMarshal.AsBytes(row.AsSpan())),
            NameChecksum = Checksum.Append(pending.NameChecksum, encoded),
        };
    }

    /// <summary>Makes what was added count, all of it at once.</summary>
    /// <exception cref="NestorException">A file cannot be written; the index is what it was at the last commit.</exception>
    public void Commit()
    {
        Writing(vectors, stream => stream.Flush(flushToDisk: true));
        Writing(names, stream => stream.Flush(flushToDisk: true));
        pending.Write(folder);
    }

    /// <summary>Closes the files; what was added since the last commit does not count.</summary>
    public void Dispose()
    {
        // What cannot be flushed any more was never committed.
        foreach (var stream in (FileStream?[])[vectors, names, held])
        {
            try
            {
                stream?.Dispose();
            }
            catch (IOException)
            {
            }
        }
    }

    private static FileStream Hold(string folder)
    {
        FileError.CheckPath(folder);
        var path = Path.Combine(folder, IndexFolder.Lock);
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new NestorException($"Another program adds to the index '{folder}'; wait until it is done.", error);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(path, error);
        }
    }

    // Overwrites what an interrupted addition left behind the committed end.
    private FileStream Open(string name, long committed)
    {
        var path = Path.Combine(folder, name);
        try
        {
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16);
            stream.Position = committed;
            return stream;
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(path, error);
        }
    }

    // After a failed write the files may hold part of a vector: nothing more can be added to them here.
    private void Writing(FileStream stream, Action<FileStream> write)
    {
        if (broken)
            throw new NestorException($"Writing to the index '{folder}' has failed before; open it again to add to what was committed.");
        try
        {
            write(stream);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            broken = true;
            throw FileError.Writing(stream.Name, error);
        }
    }
}
