using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Nestor.Training.Data;

/// <summary>One file of a source: its place below the source's root, with <c>/</c> between folders, and its place on this machine.</summary>
internal sealed record SourceFile(string RelativePath, string FullPath)
{
    private const int FirstBlock = 4096;

    public bool IsGzip => FullPath.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    public bool IsJsonLines => (IsGzip ? FullPath[..^3] : FullPath).EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    public long Length
    {
        get
        {
            try
            {
                return new FileInfo(FullPath).Length;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new NestorException($"The file '{FullPath}' cannot be read: {error.Message}", error);
            }
        }
    }

    /// <summary>Opens the file's text as bytes, unpacked.</summary>
    public SourceStream Open() => new(FullPath, IsGzip);

    /// <summary>Whether the first block has no NUL byte.</summary>
    public bool IsText()
    {
        Span<byte> block = stackalloc byte[FirstBlock];
        using var stream = Open();
        return !block[..stream.ReadAtLeast(block, FirstBlock, throwOnEndOfStream: false)].Contains((byte)0);
    }

    /// <summary>Adds relative path, length and SHA-256 of the bytes on disk to a hash.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        Span<byte> numbers = stackalloc byte[12];
        var path = Encoding.UTF8.GetBytes(RelativePath);
        BinaryPrimitives.WriteInt32LittleEndian(numbers, path.Length);
        using var stream = new SourceStream(FullPath, gzip: false);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[4..], stream.Length);
        hash.AppendData(numbers);
        hash.AppendData(path);
        hash.AppendData(SHA256.HashData(stream));
    }
}
