namespace Nestor.Retrieval;

/// <summary>The files of an index folder.</summary>
/// <remarks>
/// Vectors and names only ever grow, and what lies behind the committed lengths means nothing; <c>index.json</c> tells the lengths and is replaced as a
/// whole. So an interrupted addition leaves the index as it was.
/// </remarks>
internal static class IndexFolder
{
    /// <summary>What is in the index: see <see cref="IndexCommit"/>.</summary>
    public const string Commit = "index.json";

    /// <summary>The vectors as float32, little-endian, each padded with zeros to whole steps of a kernel.</summary>
    public const string Vectors = "vectors.f32";

    /// <summary>The names: see <see cref="IndexNames"/>.</summary>
    public const string Names = "names.bin";

    /// <summary>Held open by the one program that adds.</summary>
    public const string Lock = "lock";
}
