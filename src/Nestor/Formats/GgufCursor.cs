using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Nestor.Formats;

/// <summary>A place in a mapped GGUF file from which little-endian values are read one after the other, never behind the end.</summary>
/// <param name="file">The file.</param>
/// <param name="position">Byte to begin with.</param>
internal sealed unsafe class GgufCursor(MappedFile file, long position = 0)
{
    /// <summary>The next byte to be read.</summary>
    public long Position { get; private set; } = position;

    /// <summary>Bytes that follow.</summary>
    public long Remaining => file.Length - Position;

    /// <summary>Reads a number.</summary>
    /// <param name="what">What it is, for errors.</param>
    /// <exception cref="NestorException">The file ends before.</exception>
    public T Read<T>(string what)
        where T : unmanaged
    {
        if (Remaining < sizeof(T))
            throw Damaged(file, $"it ends in {what}");
        var value = Unsafe.ReadUnaligned<T>(file.At(Position));
        Position += sizeof(T);
        return value;
    }

    /// <summary>Reads a 64-bit count of things, which the rest of the file must be able to hold.</summary>
    /// <param name="what">What is counted, for errors.</param>
    /// <param name="leastBytes">Bytes that one of them takes at least.</param>
    /// <exception cref="NestorException">The file is too short for so many.</exception>
    public long Count(string what, int leastBytes)
    {
        var count = Read<ulong>(what);
        return count <= (ulong)(Remaining / leastBytes)
            ? (long)count
            : throw Damaged(file, $"it claims {count} {what}, but only {Remaining} bytes follow");
    }

    /// <summary>Reads a text: a 64-bit length, then UTF-8.</summary>
    /// <param name="what">What it is, for errors.</param>
    /// <param name="longest">Most bytes it may have.</param>
    /// <exception cref="NestorException">The text is longer, not UTF-8, or goes on behind the end.</exception>
    public string Text(string what, int longest)
    {
        var length = Count($"bytes of {what}", leastBytes: 1);
        if (length > longest)
            throw Damaged(file, $"{what} has {length} bytes, at most {longest} are read");
        var bytes = new ReadOnlySpan<byte>(file.At(Position), (int)length);
        if (!Utf8.IsValid(bytes))
            throw Damaged(file, $"{what} is not UTF-8 text");
        Position += length;
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Passes over bytes.</summary>
    /// <exception cref="NestorException">There are not so many.</exception>
    public void Skip(long bytes, string what)
    {
        if (bytes > Remaining)
            throw Damaged(file, $"it ends in {what}");
        Position += bytes;
    }

    /// <summary>What is wrong with a file.</summary>
    public static NestorException Damaged(MappedFile file, string problem) => new($"The file '{file.Path}' is not a GGUF file that can be read: {problem}. Fetch or write it again.");
}
