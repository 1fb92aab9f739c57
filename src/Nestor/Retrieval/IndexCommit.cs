using System.Globalization;
using System.Text;
using System.Text.Json;
using Nestor.Formats;
using Nestor.Retrieval.Kernels;

namespace Nestor.Retrieval;

/// <summary>What an index holds: <c>index.json</c>, which is written last and replaced as a whole.</summary>
/// <param name="Space">Where the vectors lie.</param>
/// <param name="Similarity">What they are compared by.</param>
/// <param name="Count">Vectors that count; what lies behind them in the files is the rest of an addition that was interrupted.</param>
/// <param name="NameBytes">Length of their names in the file.</param>
/// <param name="VectorChecksum">Of the bytes of the vectors that count.</param>
/// <param name="NameChecksum">Of the bytes of their names.</param>
internal sealed record IndexCommit(EmbeddingSpace Space, Similarity Similarity, int Count, int NameBytes, uint VectorChecksum, uint NameChecksum)
{
    /// <summary>The longest vector an index takes.</summary>
    public const int MostDimensions = 1 << 20;

    private const string Format = "nestor-index", Cosine = "cosine", InnerProduct = "inner-product";

    private const int Version = 1, LongestFingerprint = 64;

    /// <summary>Numbers from one vector to the next.</summary>
    public int Stride => (Space.Dimensions + ScoreKernel.Lanes - 1) / ScoreKernel.Lanes * ScoreKernel.Lanes;

    /// <summary>Length of the vectors in the file.</summary>
    public long VectorBytes => (long)Count * Stride * sizeof(float);

    /// <summary>An index without vectors.</summary>
    public static IndexCommit Empty(EmbeddingSpace space, Similarity similarity) => new(space, similarity, 0, 0, Checksum.Empty, Checksum.Empty);

    /// <summary>Whether a text can tell models apart: up to 64 letters and digits, which mean nothing else to any reader of the file.</summary>
    public static bool IsFingerprint(string text) => text.Length is > 0 and <= LongestFingerprint && text.All(char.IsAsciiLetterOrDigit);

    /// <summary>Reads <c>index.json</c> and checks it.</summary>
    /// <exception cref="NestorException">There is none, it is damaged, or of another kind.</exception>
    public static IndexCommit Read(string folder)
    {
        var path = Path.Combine(folder, IndexFolder.Commit);
        if (!File.Exists(path))
            throw new NestorException($"There is no index in '{folder}' (it holds no {IndexFolder.Commit}); check the path, or make one by nestor index build.");
        return JsonFile.Read(path, root =>
        {
            try
            {
                return Read(new JsonPart(root, ""));
            }
            catch (NestorException error)
            {
                throw new NestorException($"The index file '{path}' cannot be used: {error.Message}; build the index again.", error);
            }
        });
    }

    /// <summary>Replaces <c>index.json</c>: from then on the vectors count.</summary>
    /// <exception cref="NestorException">It cannot be written; the index is what it was.</exception>
    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, IndexFolder.Commit), stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteNumber("version", Version);
        json.WriteString("fingerprint", Space.Fingerprint);
        json.WriteNumber("dimensions", Space.Dimensions);
        json.WriteString("similarity", Print(Similarity));
        json.WriteNumber("count", Count);
        json.WriteNumber("name_bytes", NameBytes);
        json.WriteString("vector_checksum", Hexadecimal(VectorChecksum));
        json.WriteString("name_checksum", Hexadecimal(NameChecksum));
        json.WriteString("checksum", Hexadecimal(OwnChecksum()));
        json.WriteEndObject();
    });

    private static IndexCommit Read(JsonPart root)
    {
        if (root["format"].String != Format || root["version"].Int32 != Version)
            throw new NestorException($"it is {Quoted.Quote(root["format"].String)} of version {root["version"].Int32}, {Format} of version {Version} was wanted");
        var similarity = root["similarity"].String switch
        {
            Cosine => Similarity.Cosine,
            InnerProduct => Similarity.InnerProduct,
            var other => throw new NestorException($"similarity is {Quoted.Quote(other)}, {Cosine} or {InnerProduct} was wanted"),
        };
        var commit = new IndexCommit(
            new EmbeddingSpace(root["fingerprint"].String, root["dimensions"].Int32),
            similarity,
            root["count"].Int32,
            root["name_bytes"].Int32,
            Number(root["vector_checksum"]),
            Number(root["name_checksum"]));
        if (commit.Space.Dimensions is <= 0 or > MostDimensions || commit.Count < 0 || commit.NameBytes < 0 || !IsFingerprint(commit.Space.Fingerprint))
            throw new NestorException("a size in it is impossible");
        if (Number(root["checksum"]) != commit.OwnChecksum())
            throw new NestorException("its checksum is wrong: something in it was changed");
        return commit;
    }

    private uint OwnChecksum() => Checksum.Append(Checksum.Empty, Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{Space.Fingerprint}\n{Space.Dimensions}\n{Print(Similarity)}\n{Count}\n{NameBytes}\n{VectorChecksum}\n{NameChecksum}")));

    private static string Print(Similarity similarity) => similarity == Similarity.Cosine ? Cosine : InnerProduct;

    private static string Hexadecimal(uint checksum) => checksum.ToString("x8", CultureInfo.InvariantCulture);

    private static uint Number(JsonPart part) => uint.TryParse(part.String, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new NestorException($"{part.Place} is {Quoted.Quote(part.String)}, a checksum of 8 hexadecimal digits was wanted");
}
