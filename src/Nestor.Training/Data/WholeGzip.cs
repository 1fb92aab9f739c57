using System.IO.Compression;

namespace Nestor.Training.Data;

/// <summary>
/// Unpacks gzip and notices when its end is missing, which the framework's reader takes for the end of the text: a download that broke off
/// would train on half a file without a word.
/// </summary>
/// <remarks>
/// A gzip file may consist of several members, one after the other. The reader is given one more than the file has, the seal; only if all
/// before it is whole are the last bytes unpacked those of the seal.
/// </remarks>
internal sealed class WholeGzip(Stream packed) : ReadStream
{
    private static readonly byte[] Seal = "end of the gzip file\n"u8.ToArray();
    private static readonly byte[] PackedSeal = Pack(Seal);

    private readonly GZipStream unpacked = new(new Sealed(packed), CompressionMode.Decompress);
    private readonly byte[] block = new byte[1 << 16];
    private int start;
    private int end;

    /// <exception cref="InvalidDataException">The bytes are no gzip, or not all of it.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (end - start <= Seal.Length)
        {
            block.AsSpan(start, end - start).CopyTo(block);
            (start, end) = (0, end - start);
            var count = unpacked.Read(block, end, block.Length - end);
            end += count;
            if (count == 0)
            {
                return block.AsSpan(0, end).SequenceEqual(Seal)
                    ? 0
                    : throw new InvalidDataException("it is cut short, or something that is not gzip follows it.");
            }
        }

        var ready = Math.Min(buffer.Length, end - start - Seal.Length);
        block.AsSpan(start, ready).CopyTo(buffer);
        start += ready;
        return ready;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            unpacked.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>A stream followed by the packed seal.</summary>
    private sealed class Sealed(Stream packed) : ReadStream
    {
        private readonly MemoryStream seal = new(PackedSeal);

        public override int Read(Span<byte> buffer) => packed.Read(buffer) is > 0 and var count ? count : seal.Read(buffer);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                packed.Dispose();
            base.Dispose(disposing);
        }
    }
}
