using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Nestor.Training.Data;

/// <summary>Which documents validate: those whose hash, the first 8 bytes of the SHA-256 of their UTF-8, is below a bound.</summary>
internal readonly record struct DocumentSplit(ulong Bound)
{
    /// <summary>
    /// The split with the wanted share, or the nearest one that gives both parts a document. Reads the source only until both parts
    /// have one, which is soon, or until its end, which is near.
    /// </summary>
    /// <exception cref="NestorException">The source has no two documents that differ.</exception>
    public static DocumentSplit Choose(TextSource source, double validationShare)
    {
        var split = new DocumentSplit((ulong)(validationShare * ulong.MaxValue));
        ulong least = ulong.MaxValue, greatest = 0;
        var count = 0;
        foreach (var document in source.Documents())
        {
            var hash = Hash(Encoding.UTF8.GetBytes(document));
            (least, greatest) = (Math.Min(least, hash), Math.Max(greatest, hash));
            count++;
            if (least < split.Bound && greatest >= split.Bound)
                return split;
        }

        if (count < 2 || least == greatest)
        {
            var found = count switch { 0 => "no text", 1 => "one document", _ => $"{count} documents that are all the same" };
            throw new NestorException($"{source.Name} has {found}; at least two documents are wanted, one to train and one to validate: add text, or separate its parts by blank lines.");
        }

        return new DocumentSplit(greatest < split.Bound ? greatest : least + 1);
    }

    /// <summary>Whether a document with this hash validates.</summary>
    public bool IsValidation(ulong hash) => hash < Bound;

    /// <summary>The hash of a document's UTF-8 bytes.</summary>
    public static ulong Hash(ReadOnlySpan<byte> document)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(document, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
