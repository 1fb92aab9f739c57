using System.IO.Compression;
using Nestor.Formats;

namespace Nestor.Images;

/// <summary>A folder or zip of JPEG and PNG files: the folder a file lies in is its class.</summary>
/// <remarks>
/// <c>class/picture.jpg</c>, or <c>train/class/picture.jpg</c> and <c>test/class/picture.jpg</c> for data with two parts. Pictures beside the classes have
/// none. Files are in the order of their names.
/// </remarks>
public sealed class ImageFiles
{
    private const int Deepest = 8, FilesAtOnce = 256;

    private readonly string path;
    private readonly bool isZip;

    private ImageFiles(string path, bool isZip, IReadOnlyList<string> names, IReadOnlyList<string> classes, IReadOnlyList<int> labels) =>
        (this.path, this.isZip, Names, Classes, Labels) = (path, isZip, names, classes, labels);

    /// <summary>The files, relative to the folder or zip, with <c>/</c> between folders.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The classes, in the order of their names.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The class of each file, or <see cref="ImageSet.NoClass"/>.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>Lists the files.</summary>
    /// <param name="path">A folder or a zip file.</param>
    /// <param name="split">The part; without folders <c>train</c> and <c>test</c>, all files are in each.</param>
    /// <exception cref="NestorException">There is no such folder or zip, or no picture in it.</exception>
    public static ImageFiles Open(string path, ImageSplit split)
    {
        FileError.CheckPath(path);
        var isZip = File.Exists(path);
        try
        {
            var pictures = (isZip ? InZip(path) : InFolder(path)).Where(ImageDecoder.IsPicture).Order(StringComparer.Ordinal).ToList();
            var part = split == ImageSplit.Train ? "train/" : "test/";
            var hasParts = pictures.Any(name => name.StartsWith("train/", StringComparison.Ordinal) || name.StartsWith("test/", StringComparison.Ordinal));
            if (hasParts)
                pictures.RemoveAll(name => !name.StartsWith(part, StringComparison.Ordinal));
            if (pictures.Count == 0)
                throw new NestorException($"There is no JPEG or PNG file in '{path}'{(hasParts ? $" under {part}" : "")}; give a folder or zip with pictures in a folder for each class.");

            string ClassOf(string name) => name[..Math.Max(0, name.LastIndexOf('/'))][(hasParts ? Math.Min(part.Length, name.LastIndexOf('/')) : 0)..];
            List<string> classes = [.. pictures.Select(ClassOf).Where(name => name.Length > 0).Distinct().Order(StringComparer.Ordinal)];
            return new ImageFiles(path, isZip, pictures, classes, pictures.ConvertAll(name => classes.BinarySearch(ClassOf(name), StringComparer.Ordinal) is >= 0 and var label ? label : ImageSet.NoClass));
        }
        catch (InvalidDataException error)
        {
            throw new NestorException($"'{path}' is not a zip file, nor a CIFAR file (.bin): {Quoted.OneLine(error.Message)}", error);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }

    /// <summary>Decodes every file to one shape, in parallel.</summary>
    /// <param name="size">Height and width, to which pictures are scaled and cut; null for those of the first that can be read.</param>
    /// <param name="channels">1 or 3; null for those of the first that can be read.</param>
    /// <exception cref="NestorException">No picture can be read, or the zip is damaged.</exception>
    public ImageSet ReadAll(int? size = null, int? channels = null)
    {
        ImageShape? shape = null;
        var (pixels, labels, names, broken) = (new List<byte[]>(), new List<int>(), new List<string>(), new List<BrokenImage>());
        foreach (var (start, files) in Contents())
        {
            var decoded = new (byte[]? Pixels, string Reason)[files.Count];
            if (shape is null && files.Select(file => file.Bytes is { } bytes ? ImageDecoder.Decode(bytes, out _) : null).FirstOrDefault(image => image is not null) is { } first)
            {
                shape = new ImageShape(channels ?? first.Channels, size ?? first.Height, size ?? first.Width);
                shape.Value.Validate();
            }

            Parallel.For(0, files.Count, i =>
            {
                var (bytes, reason) = files[i];
                if (bytes is not null && ImageDecoder.Decode(bytes, out reason) is { } image)
                    decoded[i] = (ImageFit.Fit(image, shape!.Value), "");
                else
                    decoded[i] = (null, reason);
            });
            for (var i = 0; i < decoded.Length; i++)
            {
                if (decoded[i].Pixels is { } read)
                {
                    pixels.Add(read);
                    labels.Add(Labels[start + i]);
                    names.Add(Names[start + i]);
                }
                else
                {
                    broken.Add(new BrokenImage(Names[start + i], decoded[i].Reason));
                }
            }
        }

        return new ImageSet($"'{path}'", shape ?? default, Classes, pixels, labels, i => names[i], broken);
    }

    /// <summary>The bytes of the files, some at a time; null and a reason where a file cannot be read.</summary>
    private IEnumerable<(int Start, List<(byte[]? Bytes, string Reason)> Files)> Contents()
    {
        using var zip = isZip ? ZipFile.OpenRead(path) : null;
        var entries = zip?.Entries.GroupBy(entry => entry.FullName).ToDictionary(group => group.Key, group => group.First());
        for (var start = 0; start < Names.Count; start += FilesAtOnce)
            yield return (start, [.. Names.Skip(start).Take(FilesAtOnce).Select(name => Bytes(name, entries))]);
    }

    private (byte[]? Bytes, string Reason) Bytes(string name, Dictionary<string, ZipArchiveEntry>? entries)
    {
        try
        {
            using var stream = entries is null ? File.OpenRead(Path.Combine(path, name)) : entries[name].Open();
            var length = entries is null ? stream.Length : entries[name].Length;
            if (length > ImageDecoder.LongestFile)
                return (null, $"it has {length:N0} bytes; up to {ImageDecoder.LongestFile:N0} are read");
            var bytes = new byte[length];
            return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length ? (bytes, "") : (null, "it is cut short");
        }
        catch (Exception error) when (FileError.Is(error) || error is InvalidDataException or KeyNotFoundException)
        {
            return (null, Quoted.OneLine(error.Message));
        }
    }

    private static List<string> InZip(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        return [.. zip.Entries.Select(entry => entry.FullName).Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> InFolder(string path)
    {
        if (!Directory.Exists(path))
            throw new NestorException($"There are no images at '{path}'; give a folder, a zip, a CIFAR file (.bin), or shapes for drawn ones.");
        return Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = Deepest })
            .Select(file => Path.GetRelativePath(path, file).Replace(Path.DirectorySeparatorChar, '/'));
    }
}
