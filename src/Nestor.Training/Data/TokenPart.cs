using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace Nestor.Training.Data;

/// <summary>What a part of a corpus holds: documents, their tokens with those that end documents, and their UTF-8 bytes without.</summary>
internal readonly record struct PartSize(long Documents, long Tokens, long Bytes);

/// <summary>The tokens of the training or the validation documents, one after the other, read from disk where they are wanted.</summary>
/// <remarks>
/// Safe for concurrent use. The operating system keeps the file in memory, as it would a mapped one; a read costs about a microsecond
/// more, and a file that is cut short while in use gives an error instead of a fault that ends the process.
/// </remarks>
public sealed class TokenPart : IDisposable
{
    private const int BlockBytes = 8192;

    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly PartSize size;
    private readonly int vocabularySize;
    private readonly int tokenBytes;

    private TokenPart(string path, SafeFileHandle file, PartSize size, int vocabularySize)
    {
        (this.path, this.file, this.size, this.vocabularySize) = (path, file, size, vocabularySize);
        tokenBytes = TokenBytes(vocabularySize);
    }

    /// <summary>Number of tokens, those that end documents included.</summary>
    public long Count => size.Tokens;

    /// <summary>Number of documents.</summary>
    public long Documents => size.Documents;

    /// <summary>Bytes of the documents' text as UTF-8: what a loss is divided by to give bits per byte, which no tokenizer can flatter.</summary>
    public long TextBytes => size.Bytes;

    /// <summary>Copies tokens, <paramref name="offset"/> and following, as torch wants them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tokens do not lie within the part.</exception>
    /// <exception cref="NestorException">The file is damaged: cut short, or with a token that is not in the vocabulary.</exception>
    public void CopyTo(long offset, Span<long> destination) => Copy(offset, destination);

    /// <inheritdoc cref="CopyTo(long, Span{long})"/>
    public void CopyTo(long offset, Span<int> destination) => Copy(offset, destination);

    /// <summary>Bytes of a token in the file: 2 where every id fits into 16 bits, else 4.</summary>
    internal static int TokenBytes(int vocabularySize) => vocabularySize <= 1 << 16 ? sizeof(ushort) : sizeof(uint);

    /// <exception cref="NestorException">The file cannot be read, or its length is not that of its tokens.</exception>
    internal static TokenPart Open(string path, PartSize size, int vocabularySize)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
            var bytes = RandomAccess.GetLength(file);
            var tokenBytes = TokenBytes(vocabularySize);
            if (bytes % tokenBytes == 0 && bytes / tokenBytes == size.Tokens)
                return new TokenPart(path, file, size, vocabularySize);
            file.Dispose();
            throw new NestorException($"The file '{path}' has {bytes:N0} bytes, {size.Tokens:N0} tokens of {tokenBytes} bytes are wanted; build the corpus again.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new NestorException($"The file '{path}' cannot be read ({error.Message}); build the corpus again.", error);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private void Copy<T>(long offset, Span<T> destination)
        where T : INumberBase<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Count - destination.Length);
        Span<byte> block = stackalloc byte[BlockBytes];
        for (var done = 0; done < destination.Length;)
        {
            var wanted = Math.Min(BlockBytes / tokenBytes, destination.Length - done);
            var bytes = block[..(wanted * tokenBytes)];
            Read((offset + done) * tokenBytes, bytes);
            for (var i = 0; i < wanted; i++, done++)
            {
                var token = tokenBytes == sizeof(ushort)
                    ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * sizeof(ushort))..])
                    : BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
                if (token >= (uint)vocabularySize)
                    throw new NestorException($"The file '{path}' is damaged: token {token} at {offset + done:N0} is not one of {vocabularySize:N0}; build the corpus again.");
                destination[done] = T.CreateTruncating(token);
            }
        }
    }

    private void Read(long position, Span<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                var count = RandomAccess.Read(file, bytes, position);
                if (count == 0)
                    throw new NestorException($"The file '{path}' was cut short while in use; build the corpus again.");
                bytes = bytes[count..];
                position += count;
            }
        }
        catch (IOException error)
        {
            throw new NestorException($"The file '{path}' cannot be read: {error.Message}", error);
        }
    }
}
