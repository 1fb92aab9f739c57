using Nestor.Images;

namespace Nestor.Tests.Images;

public sealed class ShapeImagesTests
{
    [Fact]
    public void An_image_is_a_function_of_its_number()
    {
        var (few, many) = (ShapeImages.Draw(ImageSplit.Train, count: 20), ShapeImages.Draw(ImageSplit.Train, count: 40));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(few.Pixels(i).ToArray(), many.Pixels(i).ToArray()));
        Assert.Equal(few.ContentHash, many.Take(20).ContentHash);
        Assert.NotEqual(few.ContentHash, many.ContentHash);
        Assert.NotEqual(few.ContentHash, ShapeImages.Draw(ImageSplit.Test, count: 20).ContentHash);
    }

    [Fact]
    public void Every_class_has_a_tenth_of_the_images()
    {
        var set = ShapeImages.Draw(ImageSplit.Test, count: 100);
        Assert.Equal(10, set.Classes.Distinct().Count());
        Assert.All(Enumerable.Range(0, 10), label => Assert.Equal(10, Enumerable.Range(0, 100).Count(i => set.Label(i) == label)));
    }

    [Fact]
    public void Without_difficulty_the_nearest_neighbour_knows_the_class_and_with_it_not()
    {
        Assert.True(NearestNeighbour(0) > 0.95);
        Assert.True(NearestNeighbour(1) < 0.4);
    }

    [Theory]
    [InlineData("shapes:2")]
    [InlineData("shapes:-1")]
    [InlineData("shapes:hard")]
    public void An_impossible_difficulty_is_refused(string text) =>
        Assert.Contains("from 0 to 1", Assert.Throws<NestorException>(() => ImageSet.Open(text, ImageSplit.Train)).Message, StringComparison.Ordinal);

    [Fact]
    public void Statistics_normalise_each_channel()
    {
        var set = ShapeImages.Draw(ImageSplit.Train, count: 50);
        var statistics = ChannelStatistics.Of(set);
        for (var channel = 0; channel < 3; channel++)
        {
            var values = Enumerable.Range(0, set.Count).SelectMany(i => set.Pixels(i).Slice(channel * set.Shape.Area, set.Shape.Area).ToArray())
                .Select(value => (value / 255.0 - statistics.Mean[channel]) / statistics.Deviation[channel]).ToList();
            Assert.Equal(0, values.Average(), 1e-4);
            Assert.Equal(1, values.Average(value => value * value), 1e-4);
        }
    }

    private static double NearestNeighbour(double difficulty)
    {
        var shape = new ImageShape(1, 16, 16);
        var (train, test) = (ShapeImages.Draw(ImageSplit.Train, difficulty, shape, 300), ShapeImages.Draw(ImageSplit.Test, difficulty, shape, 100));
        return Enumerable.Range(0, test.Count).Average(i =>
            test.Label(i) == train.Label(Enumerable.Range(0, train.Count).MinBy(j => Distance(test.Pixels(i), train.Pixels(j)))) ? 1.0 : 0);
    }

    private static long Distance(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var sum = 0L;
        for (var i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }
}
