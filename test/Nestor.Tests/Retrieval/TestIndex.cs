using Nestor.Retrieval;

namespace Nestor.Tests.Retrieval;

/// <summary>Indexes of random vectors.</summary>
internal static class TestIndex
{
    public static EmbeddingSpace Space(int dimensions) => new(new string('a', 64), dimensions);

    /// <summary>Vectors of a seed.</summary>
    public static float[][] Vectors(int count, int dimensions, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, dimensions).Select(_ => 2 * random.NextSingle() - 1).ToArray())];
    }

    /// <summary>Makes an index where there is none, adds vectors, named by their place, and commits.</summary>
    public static void Add(string folder, float[][] vectors, Similarity similarity = Similarity.Cosine)
    {
        using var writer = VectorIndex.IsIn(folder) ? IndexWriter.Open(folder, Space(vectors[0].Length)) : IndexWriter.Create(folder, Space(vectors[0].Length), similarity);
        foreach (var vector in vectors)
            writer.Add($"vector {writer.Count}", vector);
        writer.Commit();
    }

    /// <summary>The names in an index.</summary>
    public static string[] Names(string folder)
    {
        using var index = VectorIndex.Open(folder);
        return [.. Enumerable.Range(0, index.Count).Select(index.Name)];
    }

    /// <summary>Everything that an index holds, a line for each vector.</summary>
    public static string[] Content(string folder)
    {
        using var index = VectorIndex.Open(folder);
        return [.. Enumerable.Range(0, index.Count).Select(row => $"{index.Name(row)}: {string.Join(' ', index.Vector(row))}")];
    }
}
