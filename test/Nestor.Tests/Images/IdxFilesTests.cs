using System.Buffers.Binary;
using System.IO.Compression;
using Nestor.Images;

namespace Nestor.Tests.Images;

public sealed class IdxFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nestor-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("", "-idx")]
    [InlineData(".gz", "-idx")]
    [InlineData("", ".idx")]
    public void Images_and_labels_are_those_that_were_written(string ending, string separator)
    {
        var pixels = Enumerable.Range(0, 3 * 2 * 4).Select(i => (byte)(i * 11)).ToArray();
        Write($"t10k-images{separator}3-ubyte{ending}", Idx([3, 2, 4], pixels));
        Write($"t10k-labels{separator}1-ubyte{ending}", Idx([3], [5, 0, 2]));
        var set = ImageSet.Open(folder, ImageSplit.Test);
        Assert.Equal(new ImageShape(1, 2, 4), set.Shape);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], set.Classes);
        Assert.Equal([5, 0, 2], Enumerable.Range(0, 3).Select(set.Label));
        Assert.Equal(pixels, Enumerable.Range(0, 3).SelectMany(i => set.Pixels(i).ToArray()));
    }

    [Fact]
    public void The_parts_are_read_from_their_own_files()
    {
        Pair("train", 1, [1, 1], [7], [3]);
        Pair("t10k", 1, [1, 1], [9], [2]);
        Assert.Equal(7, ImageSet.Open(folder, ImageSplit.Train).Pixels(0)[0]);
        Assert.Equal(9, ImageSet.Open(folder, ImageSplit.Test).Pixels(0)[0]);
    }

    [Fact]
    public void Damage_is_an_error_that_names_the_file()
    {
        var whole = Idx([2, 2, 2], new byte[8]);
        var labels = Idx([2], [0, 1]);
        foreach (var (images, what) in new (byte[], string)[]
        {
            (whole[..^1], "cut short"),
            (whole[..10], "cut short"),
            ([], "cut short"),
            ([.. whole, 0], "goes on"),
            ([0, 0, 8, 1, .. whole[4..]], "begins with"),
            ([.. whole[..4], 0xFF, .. whole[5..]], "items"),
            ([.. whole[..8], 0x7F, .. whole[9..]], "sides"),
            (Idx([3, 2, 2], new byte[12]), "3 images"),
        })
        {
            Write("train-images-idx3-ubyte", images);
            Write("train-labels-idx1-ubyte", labels);
            var error = Assert.Throws<NestorException>(() => ImageSet.Open(folder, ImageSplit.Train));
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_gzip_file_that_is_none_is_an_error()
    {
        File.WriteAllBytes(Path.Combine(folder, "train-images-idx3-ubyte.gz"), Idx([1, 1, 1], [0]));
        Write("train-labels-idx1-ubyte", Idx([1], [0]));
        Assert.Contains("gzip", Assert.Throws<NestorException>(() => ImageSet.Open(folder, ImageSplit.Train)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_size_than_the_images_have_is_refused()
    {
        Pair("train", 1, [2, 2], new byte[4], [0]);
        Assert.Contains("1x28x28", Assert.Throws<NestorException>(() => ImageSet.Open(folder, ImageSplit.Train, size: 28)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mnist_has_the_images_that_everyone_knows()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        Assert.SkipUnless(data is not null && Directory.Exists(Path.Combine(data, "mnist")), "NESTOR_DATA names no folder with mnist.");
        var set = ImageSet.Open(Path.Combine(data!, "mnist"), ImageSplit.Test);
        Assert.Equal(10_000, set.Count);
        Assert.Equal([7, 2, 1, 0, 4, 1, 4, 9, 5, 9], Enumerable.Range(0, 10).Select(set.Label));
    }

    private void Pair(string prefix, int count, int[] size, byte[] pixels, byte[] labels)
    {
        Write($"{prefix}-images-idx3-ubyte", Idx([count, .. size], pixels));
        Write($"{prefix}-labels-idx1-ubyte", Idx([count], labels));
    }

    private void Write(string name, byte[] bytes)
    {
        using var file = File.Create(Path.Combine(folder, name));
        using Stream stream = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(bytes);
    }

    private static byte[] Idx(int[] sizes, byte[] data)
    {
        var header = new byte[4 + 4 * sizes.Length];
        (header[2], header[3]) = (8, (byte)sizes.Length);
        for (var i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), sizes[i]);
        return [.. header, .. data];
    }
}
