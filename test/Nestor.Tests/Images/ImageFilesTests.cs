using System.IO.Compression;
using Nestor.Images;

namespace Nestor.Tests.Images;

public sealed class ImageFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nestor-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_png_becomes_planes()
    {
        byte[] samples = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        Write("dog/a.png", TinyPictures.Png(2, 2, 3, samples));
        var set = ImageSet.Open(folder, ImageSplit.Train);
        Assert.Equal(new ImageShape(3, 2, 2), set.Shape);
        Assert.Equal([1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12], set.Pixels(0).ToArray());
    }

    [Fact]
    public void Opacity_is_dropped() => Assert.Equal(
        [10, 20, 30],
        Opened(("x/a.png", TinyPictures.Png(1, 1, 4, [10, 20, 30, 40]))).Pixels(0).ToArray());

    [Theory]
    [InlineData(200)]
    [InlineData(250)]
    public void A_jpeg_of_one_level_has_that_level(byte level)
    {
        var set = Opened(("cat/a.jpg", TinyPictures.Jpeg(level)));
        Assert.Equal(new ImageShape(1, 8, 8), set.Shape);
        Assert.All(set.Pixels(0).ToArray(), value => Assert.Equal(level, value));
    }

    [Fact]
    public void Classes_and_parts_are_folders_and_zips_are_read_like_folders()
    {
        var grey = TinyPictures.Png(1, 1, 1, [50]);
        (string, byte[])[] files = [("train/dog/1.png", grey), ("train/cat/2.png", grey), ("train/cat/10.png", grey), ("test/dog/3.png", grey), ("test/readme.txt", [1])];
        foreach (var (name, bytes) in files)
            Write(name, bytes);
        Zip("all.zip", files);
        foreach (var path in new[] { folder, Path.Combine(folder, "all.zip") })
        {
            var train = ImageSet.Open(path, ImageSplit.Train);
            Assert.Equal(["cat", "dog"], train.Classes);
            Assert.Equal(["train/cat/10.png", "train/cat/2.png", "train/dog/1.png"], Enumerable.Range(0, 3).Select(train.Name));
            Assert.Equal([0, 0, 1], Enumerable.Range(0, 3).Select(train.Label));
            Assert.Equal(1, ImageSet.Open(path, ImageSplit.Test).Count);
        }
    }

    [Fact]
    public void Pictures_in_no_folder_have_no_class()
    {
        var set = Opened(("a.png", TinyPictures.Png(1, 1, 1, [50])));
        Assert.False(set.IsLabelled);
        Assert.Equal(ImageSet.NoClass, set.Label(0));
    }

    [Fact]
    public void Broken_images_are_left_out_counted_and_named()
    {
        var whole = TinyPictures.Png(1, 1, 1, [50]);
        var set = Opened(("c/a.png", whole), ("c/b.jpg", [0xFF, 0xD8, 0xFF, 0xE0]), ("c/c.png", whole[..20]), ("c/d.jpg", [.. "no picture"u8]), ("c/e.png", whole));
        Assert.Equal(["c/a.png", "c/e.png"], Enumerable.Range(0, set.Count).Select(set.Name));
        Assert.Equal(["c/b.jpg", "c/c.png", "c/d.jpg"], set.Broken.Select(broken => broken.Name));
        Assert.All(set.Broken, broken => Assert.NotEmpty(broken.Reason));
    }

    [Fact]
    public void A_header_that_asks_for_all_memory_is_broken()
    {
        var bomb = TinyPictures.Png(1, 1, 1, [50]);
        (bomb[16], bomb[17], bomb[20], bomb[21]) = (0, 0xFF, 0, 0xFF);
        Assert.Null(ImageDecoder.Decode(bomb, out var reason));
        Assert.NotEmpty(reason);
    }

    [Fact]
    public void Any_bytes_give_a_picture_or_a_reason()
    {
        var random = new Random(1);
        byte[] samples = new byte[12 * 9 * 3];
        random.NextBytes(samples);
        foreach (var whole in new[] { TinyPictures.Png(12, 9, 3, samples), TinyPictures.Jpeg(222) })
        {
            for (var i = 0; i < 1500; i++)
            {
                var bytes = whole.ToArray();
                for (var flips = random.Next(1, 6); flips > 0; flips--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                bytes = bytes[..(i % 3 == 0 ? random.Next(bytes.Length) : bytes.Length)];
                var image = ImageDecoder.Decode(bytes, out var reason);
                Assert.True(image is null ? reason.Length > 0 : image.Data.Length == image.Height * image.Width * image.Channels);
            }
        }
    }

    [Fact]
    public void Nothing_to_read_is_an_error_that_says_what_is_wanted()
    {
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "x");
        File.WriteAllText(Path.Combine(folder, "no.zip"), "no zip");
        foreach (var path in new[] { folder, Path.Combine(folder, "missing"), Path.Combine(folder, "no.zip") })
            Assert.Throws<NestorException>(() => ImageSet.Open(path, ImageSplit.Train));
        Write("c/a.png", [1, 2, 3]);
        Assert.Contains("c/a.png", Assert.Throws<NestorException>(() => ImageSet.Open(folder, ImageSplit.Train)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_are_scaled_to_cover_the_size_and_cut_in_the_middle()
    {
        // Four columns 0, 100, 200, 60: the middle two stay at half the height, and rows are averaged.
        byte[] row = [0, 100, 200, 60];
        Write("c/a.png", TinyPictures.Png(4, 2, 1, [.. row, .. row]));
        Assert.Equal([100, 200, 100, 200], ImageSet.Open(folder, ImageSplit.Train, size: 2).Pixels(0).ToArray());
        var enlarged = ImageSet.Open(folder, ImageSplit.Train, size: 8, channels: 3);
        Assert.Equal(new ImageShape(3, 8, 8), enlarged.Shape);
        var pixels = enlarged.Pixels(0).ToArray();
        Assert.Equal(pixels[..64], pixels[64..128]);
        Assert.All(pixels, value => Assert.InRange(value, (byte)50, (byte)200));
    }

    [Theory]
    [InlineData(40, 30, 7)]
    [InlineData(3, 5, 9)]
    [InlineData(1, 1, 4)]
    public void A_picture_of_one_level_keeps_it_at_every_size(int width, int height, int size)
    {
        Write("c/a.png", TinyPictures.Png(width, height, 3, [.. Enumerable.Repeat((byte)77, width * height * 3)]));
        foreach (var channels in new[] { 1, 3 })
            Assert.All(ImageSet.Open(folder, ImageSplit.Train, size, channels).Pixels(0).ToArray(), value => Assert.Equal(77, value));
    }

    [Fact]
    public void Cifar_as_pictures_has_ten_classes()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        Assert.SkipUnless(data is not null && File.Exists(Path.Combine(data, "cifar10", "cifar10-jpeg.zip")), "NESTOR_DATA names no folder with cifar10/cifar10-jpeg.zip.");
        var files = ImageFiles.Open(Path.Combine(data!, "cifar10", "cifar10-jpeg.zip"), ImageSplit.Test);
        Assert.Equal(10_000, files.Names.Count);
        Assert.Equal(10, files.Classes.Count);
        Assert.All(Enumerable.Range(0, 10), label => Assert.Equal(1000, files.Labels.Count(other => other == label)));
    }

    private ImageSet Opened(params (string Name, byte[] Bytes)[] files)
    {
        foreach (var (name, bytes) in files)
            Write(name, bytes);
        return ImageSet.Open(folder, ImageSplit.Train);
    }

    private void Write(string name, byte[] bytes)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    private void Zip(string name, (string Name, byte[] Bytes)[] files)
    {
        using var zip = ZipFile.Open(Path.Combine(folder, name), ZipArchiveMode.Create);
        foreach (var (entry, bytes) in files)
        {
            using var stream = zip.CreateEntry(entry).Open();
            stream.Write(bytes);
        }
    }
}
