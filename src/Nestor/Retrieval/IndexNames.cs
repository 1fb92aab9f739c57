using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Nestor.Formats;

namespace Nestor.Retrieval;

/// <summary>The names of an index's vectors: <c>names.bin</c>, for each its length in bytes as 32 bits, little-endian, and itself in UTF-8.</summary>
internal sealed class IndexNames
{
    /// <summary>The longest name, in bytes.</summary>
    public const int Longest = 1 << 16;

    private readonly byte[] bytes;
    private readonly int[] starts;   // (count + 1): a name's length stands before it

    private IndexNames(byte[] bytes, int[] starts) => (this.bytes, this.starts) = (bytes, starts);

    /// <summary>The name of a vector.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector.</exception>
    public string this[int row]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, starts.Length - 1);
            return Encoding.UTF8.GetString(bytes.AsSpan((starts[row] + sizeof(int))..starts[row + 1]));
        }
    }

    /// <summary>A name as the file has it.</summary>
    /// <exception cref="NestorException">It is too long, or no text.</exception>
    public static byte[] Encode(string name)
    {
        var length = Encoding.UTF8.GetByteCount(name);
        if (length > Longest)
            throw new NestorException($"The name {Quoted.Quote(name)} has {length} bytes; up to {Longest} are possible.");
        var bytes = new byte[sizeof(int) + length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        Encoding.UTF8.GetBytes(name, bytes.AsSpan(sizeof(int)));
        return bytes;
    }

    /// <summary>Reads the names that count.</summary>
    /// <exception cref="NestorException">The file is missing, cut short or damaged.</exception>
    public static IndexNames Read(string folder, IndexCommit commit)
    {
        if (commit.Count == 0 && commit.NameBytes == 0)
            return new IndexNames([], [0]);
        var path = Path.Combine(folder, IndexFolder.Names);
        byte[] bytes;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (stream.Length < commit.NameBytes)
                throw new NestorException($"The file '{path}' is {stream.Length} bytes long, {commit.NameBytes} were wanted: it was cut short; build the index again.");
            bytes = new byte[commit.NameBytes];
            stream.ReadExactly(bytes);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }

        return Starts(bytes, commit.Count) is { } starts && Checksum.Append(Checksum.Empty, bytes) == commit.NameChecksum
            ? new IndexNames(bytes, starts)
            : throw new NestorException($"The file '{path}' is damaged: its names are not those that were written; build the index again.");
    }

    // Null where the bytes are not exactly as many names.
    private static int[]? Starts(byte[] bytes, int count)
    {
        if ((long)count * sizeof(int) > bytes.Length)
            return null;
        var starts = new int[count + 1];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            starts[i] = at;
            if (bytes.Length - at < sizeof(int))
                return null;
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            at += sizeof(int);
            if (length is < 0 or > Longest || length > bytes.Length - at || !Utf8.IsValid(bytes.AsSpan(at, length)))
                return null;
            at += length;
        }

        starts[count] = at;
        return at == bytes.Length ? starts : null;
    }
}
