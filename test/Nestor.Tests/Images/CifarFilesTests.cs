using Nestor.Images;

namespace Nestor.Tests.Images;

public sealed class CifarFilesTests : IDisposable
{
    private const int Length = 3 * 32 * 32;

    private readonly string folder = Directory.CreateTempSubdirectory("nestor-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_cifar_10_record_is_a_label_and_three_planes()
    {
        var path = Path.Combine(folder, "some.bin");
        byte[] pixels = [.. Enumerable.Range(0, Length).Select(i => (byte)(i / 7))];
        File.WriteAllBytes(path, [6, .. pixels, 9, .. pixels.Reverse()]);
        var set = ImageSet.Open(path, ImageSplit.Train);
        Assert.Equal(new ImageShape(3, 32, 32), set.Shape);
        Assert.Equal("frog", set.Classes[set.Label(0)]);
        Assert.Equal("truck", set.Classes[set.Label(1)]);
        Assert.Equal(pixels, set.Pixels(0).ToArray());
        Assert.Equal(pixels.Reverse(), set.Pixels(1).ToArray());
    }

    [Fact]
    public void A_cifar_100_record_is_read_by_its_fine_label()
    {
        File.WriteAllBytes(Path.Combine(folder, "train.bin"), [3, 77, .. new byte[Length]]);
        var set = ImageSet.Open(folder, ImageSplit.Train);
        Assert.Equal(100, set.Classes.Count);
        Assert.Equal(77, set.Label(0));
    }

    [Fact]
    public void A_folder_joins_its_five_training_files()
    {
        for (var i = 1; i <= 5; i++)
            File.WriteAllBytes(Path.Combine(folder, $"data_batch_{i}.bin"), [(byte)i, .. new byte[Length]]);
        File.WriteAllBytes(Path.Combine(folder, "test_batch.bin"), [0, .. new byte[Length]]);
        Assert.Equal([1, 2, 3, 4, 5], Labels(ImageSet.Open(folder, ImageSplit.Train)));
        Assert.Equal([0], Labels(ImageSet.Open(folder, ImageSplit.Test)));
    }

    [Fact]
    public void A_record_whose_label_is_no_class_is_left_out_and_named()
    {
        var path = Path.Combine(folder, "some.bin");
        File.WriteAllBytes(path, [1, .. new byte[Length], 200, .. new byte[Length], 2, .. new byte[Length]]);
        var set = ImageSet.Open(path, ImageSplit.Train);
        Assert.Equal([1, 2], Labels(set));
        var broken = Assert.Single(set.Broken);
        Assert.Equal("some.bin#1", broken.Name);
        Assert.Contains("200", broken.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(1 + Length + 5)]
    public void A_file_that_is_not_made_of_records_is_refused(int bytes)
    {
        var path = Path.Combine(folder, "some.bin");
        File.WriteAllBytes(path, new byte[bytes]);
        Assert.Contains($"{bytes} bytes", Assert.Throws<NestorException>(() => ImageSet.Open(path, ImageSplit.Train)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<int> Labels(ImageSet set) => Enumerable.Range(0, set.Count).Select(set.Label);
}
