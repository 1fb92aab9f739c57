using Nestor.Formats;

namespace Nestor.Images;

/// <summary>The binary files of CIFAR-10 and CIFAR-100.</summary>
/// <remarks>
/// Krizhevsky 2009. A record is the label (CIFAR-100: the coarse one, then the fine one, which is used) and 3 x 32 x 32 bytes, red, green and blue plane. A
/// record whose label is no class is left out and named.
/// </remarks>
internal static class CifarFiles
{
    private static readonly ImageShape Shape = new(3, 32, 32);
    private static readonly string[] Ten = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
    private static readonly string[] Hundred = [.. Enumerable.Range(0, 100).Select(i => i.ToString())];

    /// <summary>The files of a part in a folder, or the one file that is named; null where there is none.</summary>
    public static IReadOnlyList<string>? Find(string path, ImageSplit split)
    {
        if (File.Exists(path))
            return path.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) ? [path] : null;
        string[] names = split == ImageSplit.Train ? [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")] : ["test_batch.bin"];
        foreach (var candidates in new[] { names, [split == ImageSplit.Train ? "train.bin" : "test.bin"] })
        {
            string[] files = [.. candidates.Select(name => Path.Combine(path, name)).Where(File.Exists)];
            if (files.Length == candidates.Length)
                return files;
        }

        return null;
    }

    /// <summary>Reads a part.</summary>
    /// <exception cref="NestorException">A file is not made of whole records, or the files are of two kinds.</exception>
    public static ImageSet Read(IReadOnlyList<string> files)
    {
        var (pixels, labels, names, broken) = (new List<byte[]>(), new List<int>(), new List<string>(), new List<BrokenImage>());
        var labelBytes = LabelBytes(files[0]);
        var classes = labelBytes == 1 ? Ten : Hundred;
        foreach (var file in files)
        {
            if (LabelBytes(file) != labelBytes)
                throw new NestorException($"'{files[0]}' and '{file}' have records of two kinds; keep CIFAR-10 and CIFAR-100 in folders of their own.");
            ReadFile(file, labelBytes, (record, label, image) =>
            {
                var name = $"{Path.GetFileName(file)}#{record}";
                if (label >= classes.Length)
                {
                    broken.Add(new BrokenImage(name, $"its label is {label}; there are {classes.Length} classes"));
                    return;
                }

                pixels.Add(image);
                labels.Add(label);
                names.Add(name);
            });
        }

        return new ImageSet($"'{(files.Count == 1 ? files[0] : Path.GetDirectoryName(files[0]))}'", Shape, classes, pixels, labels, i => names[i], broken);
    }

    private static int LabelBytes(string file)
    {
        var length = File.Exists(file) ? new FileInfo(file).Length : 0;
        foreach (var bytes in new[] { 1, 2 })
        {
            if (length > 0 && length % (bytes + Shape.Length) == 0)
                return bytes;
        }

        throw new NestorException($"'{file}' has {length} bytes; records of {1 + Shape.Length} (CIFAR-10) or {2 + Shape.Length} (CIFAR-100) were wanted.");
    }

    private static void ReadFile(string file, int labelBytes, Action<int, int, byte[]> add)
    {
        try
        {
            using var stream = new BufferedStream(File.OpenRead(file), 1 << 16);
            var count = stream.Length / (labelBytes + Shape.Length);
            var label = new byte[labelBytes];
            for (var i = 0; i < count; i++)
            {
                stream.ReadExactly(label);
                var image = new byte[Shape.Length];
                stream.ReadExactly(image);
                add(i, label[^1], image);
            }
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(file, error);
        }
    }
}
