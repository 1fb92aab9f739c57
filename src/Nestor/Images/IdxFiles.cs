using System.Buffers.Binary;
using System.IO.Compression;
using Nestor.Formats;

namespace Nestor.Images;

/// <summary>The idx files of MNIST and Fashion-MNIST, plain or gzip.</summary>
/// <remarks>
/// LeCun, Cortes and Burges: two zero bytes, the type (8: unsigned bytes), the number of dimensions, each dimension as a big-endian 32-bit number, then
/// the bytes, last dimension fastest. Images are (n, height, width), labels (n).
/// </remarks>
internal static class IdxFiles
{
    private const int UnsignedBytes = 0x0800, MostImages = 10_000_000;

    /// <summary>The images and labels of a part in a folder, or null where it holds none.</summary>
    public static (string Images, string Labels)? Find(string folder, ImageSplit split)
    {
        var prefix = split == ImageSplit.Train ? "train" : "t10k";
        return Existing(folder, $"{prefix}-images", 3) is { } images && Existing(folder, $"{prefix}-labels", 1) is { } labels ? (images, labels) : null;
    }

    /// <summary>Reads a part.</summary>
    /// <exception cref="NestorException">A file is not idx, is cut short or goes on after its end, or the two do not fit together.</exception>
    public static ImageSet Read((string Images, string Labels) files)
    {
        var labels = Read(files.Labels, 1, (_, stream, count) => ReadExactly(stream, new byte[count]));
        var (shape, pixels) = Read(files.Images, 3, (dimensions, stream, count) =>
        {
            if (count != labels.Length)
                throw new NestorException($"'{files.Images}' has {count} images and '{files.Labels}' {labels.Length} labels; take both from one data set.");
            var shape = new ImageShape(1, dimensions[1], dimensions[2]);
            shape.Validate();
            var images = new List<byte[]>();
            for (var i = 0; i < count; i++)
                images.Add(ReadExactly(stream, new byte[shape.Length]));
            return (shape, images);
        });
        var classes = labels.Length == 0 ? 0 : labels.Max() + 1;
        var name = Path.GetFileName(files.Images);
        return new ImageSet($"'{files.Images}'", shape, [.. Enumerable.Range(0, classes).Select(i => i.ToString())], pixels, labels.Select(label => (int)label), i => $"{name}#{i}");
    }

    private static string? Existing(string folder, string name, int dimensions) =>
        new[] { $"{name}-idx{dimensions}-ubyte", $"{name}.idx{dimensions}-ubyte" }
            .SelectMany(file => new[] { file, file + ".gz" })
            .Select(file => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);

    private static T Read<T>(string path, int dimensions, Func<int[], Stream, int, T> read)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var stream = new BufferedStream(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file, 1 << 16);
            var header = ReadExactly(stream, new byte[sizeof(int) * (1 + dimensions)]);
            var magic = BinaryPrimitives.ReadInt32BigEndian(header);
            if (magic != (UnsignedBytes | dimensions))
                throw new NestorException($"'{path}' begins with {magic:x8}, not {UnsignedBytes | dimensions:x8}; an idx file of bytes with {dimensions} dimension{(dimensions == 1 ? "" : "s")} was wanted.");
            int[] sizes = [.. Enumerable.Range(1, dimensions).Select(i => BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(sizeof(int) * i)))];
            if (sizes[0] is < 0 or > MostImages)
                throw new NestorException($"'{path}' says that it has {(uint)sizes[0]} items; up to {MostImages} can be read.");
            var result = read(sizes, stream, sizes[0]);
            return stream.ReadByte() < 0 ? result : throw new NestorException($"'{path}' goes on after its {sizes[0]} items; it is damaged.");
        }
        catch (EndOfStreamException error)
        {
            throw new NestorException($"'{path}' ends before its last item; it is cut short.", error);
        }
        catch (InvalidDataException error)
        {
            throw new NestorException($"'{path}' is not a whole gzip file: {Quoted.OneLine(error.Message)}", error);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }

    private static byte[] ReadExactly(Stream stream, byte[] bytes)
    {
        stream.ReadExactly(bytes);
        return bytes;
    }
}
