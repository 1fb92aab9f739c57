namespace Nestor.Training.Data;

/// <summary>
/// The bytes of a file's text: unpacked where gzipped, every failure named after the file, and a decompression bomb stopped: past 64 MiB,
/// a file may unpack to at most 100 times what was read of it (English text unpacks to 3 to 5 times).
/// </summary>
internal sealed class SourceStream : ReadStream
{
    private const long Trusted = 64 * 1024 * 1024;
    private const long LargestRatio = 100;

    private readonly string path;
    private readonly FileStream file;
    private readonly Stream bytes;
    private readonly long trusted;
    private long unpacked;

    /// <exception cref="NestorException">The file cannot be opened, or is said to be gzip and does not begin so.</exception>
    public SourceStream(string path, bool gzip, long trusted = Trusted)
    {
        this.path = path;
        this.trusted = trusted;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NestorException($"The file '{path}' cannot be read: {error.Message}", error);
        }

        bytes = file;
        if (!gzip)
            return;
        if (file.ReadByte() != 0x1F || file.ReadByte() != 0x8B)
        {
            file.Dispose();
            throw new NestorException($"The file '{path}' is not gzip although its name ends in .gz; pack it again, or rename it if it is plain text.");
        }

        file.Position = 0;
        bytes = new WholeGzip(file);
    }

    /// <summary>Bytes of the file on disk read so far.</summary>
    public long Consumed => file.Position;

    public override long Length => file.Length;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var count = bytes.Read(buffer);
            unpacked += count;
            if (unpacked > trusted && unpacked / LargestRatio > file.Position)
                throw new NestorException($"The file '{path}' unpacks to more than {LargestRatio} times its size, as a decompression bomb does; unpack it yourself if it is meant to.");
            return count;
        }
        catch (InvalidDataException error)
        {
            throw new NestorException($"The file '{path}' is damaged gzip: {error.Message}", error);
        }
        catch (IOException error)
        {
            throw new NestorException($"The file '{path}' cannot be read: {error.Message}", error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            bytes.Dispose();
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
