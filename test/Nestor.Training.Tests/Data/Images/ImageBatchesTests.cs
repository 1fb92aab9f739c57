using CsCheck;
using Nestor.Training.Data.Images;
using Nestor.Training.Nested;
using Nestor.Training.Tests.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Data.Images;

public sealed class ImageBatchesTests
{
    private const int Rows = 8;

    private static readonly ImageRegularization Everything = new() { Crop = 2, Flip = true, Operations = 2, Magnitude = 0.7, Mixup = 0.4, LabelSmoothing = 0.1, StochasticDepth = 0.5 };

    [Fact]
    public void A_pass_over_the_images_shows_each_once() => Gen.Select(Gen.Int[1, 300], Gen.ULong, Gen.Long[0, 1_000_000]).Sample((count, seed, pass) =>
    {
        var order = new ImageOrder(count, seed);
        Assert.Equal(Enumerable.Range(0, count), Enumerable.Range(0, count).Select(i => order.At(pass * count + i)).Order());
    });

    [Fact]
    public void Each_pass_and_each_seed_has_its_own_order()
    {
        int[] Order(ulong seed, int pass) => [.. Enumerable.Range(0, 100).Select(i => new ImageOrder(100, seed).At(pass * 100 + i))];
        Assert.Equal(Order(1, 0), Order(1, 0));
        Assert.NotEqual(Order(1, 0), Order(1, 1));
        Assert.NotEqual(Order(1, 0), Order(2, 0));
        Assert.NotEqual(Enumerable.Range(0, 100), Order(1, 0));
    }

    [Fact]
    public void A_row_is_a_function_of_seed_step_and_row()
    {
        using var scope = NewDisposeScope();
        var forward = Batches(Everything);
        var backward = Batches(Everything);
        var other = Batches(Everything, seed: 2);
        var steps = Enumerable.Range(0, 5).ToArray();
        var ahead = steps.ToDictionary(step => step, step => Numbers(forward.Batch(step, 0, CPU)));
        foreach (var step in steps.Reverse())
        {
            Assert.Equal(ahead[step], Numbers(backward.Batch(step, 0, CPU)));
            Assert.NotEqual(ahead[step], Numbers(other.Batch(step, 0, CPU)));
        }

        Assert.Equal(5, ahead.Values.Select(numbers => numbers[0]).Distinct().Count());
    }

    [Fact]
    public void Accumulated_parts_are_the_rows_of_one_large_batch()
    {
        using var scope = NewDisposeScope();
        var large = Batches(Everything);
        var small = Batches(Everything, rows: Rows / 4, accumulate: 4);
        for (var step = 0; step < 3; step++)
        {
            var whole = large.Batch(step, 0, CPU);
            var parts = Enumerable.Range(0, 4).Select(part => small.Batch(step, part, CPU)).ToArray();
            Assert.True(whole.Inputs.equal(cat([.. parts.Select(part => part.Inputs)])).all().item<bool>());
            Assert.True(whole.Targets.equal(cat([.. parts.Select(part => part.Targets)])).all().item<bool>());
            Assert.True(whole.Kept!.equal(cat([.. parts.Select(part => part.Kept!)])).all().item<bool>());
        }
    }

    [Fact]
    public void Without_regularization_a_row_is_its_image_normalised()
    {
        var images = VisionShapes.Images;
        var augmentation = Augmentation(new ImageRegularization());
        var (pixels, answer) = Row(augmentation, 3, 5);
        var image = augmentation.ImageAt(3, 5);
        Assert.Equal(Enumerable.Range(0, 10).Select(label => label == images.Label(image) ? 1f : 0), answer);
        Assert.All(images.Pixels(image).ToArray().Zip(pixels), pair => Assert.Equal((pair.First / 255f - 0.25f) / 0.5f, pair.Second, 1e-6f));
    }

    [Fact]
    public void Half_of_the_images_are_mirrored_and_mirroring_twice_is_identity()
    {
        var (flipped, plain) = (Augmentation(new ImageRegularization { Flip = true }), Augmentation(new ImageRegularization()));
        var mirrored = 0;
        for (var row = 0; row < 400; row++)
        {
            var (seen, whole) = (Row(flipped, 0, row).Pixels, Row(plain, 0, row).Pixels);
            if (seen.SequenceEqual(whole))
                continue;
            mirrored++;
            Assert.Equal(whole, Mirror(seen));
            Assert.Equal(seen, Mirror(Mirror(seen)));
        }

        Assert.InRange(mirrored, 150, 250);
    }

    [Fact]
    public void A_crop_moves_the_image_and_fills_with_the_mean()
    {
        const int Crop = 2;
        var (cropped, plain) = (Augmentation(new ImageRegularization { Crop = Crop }), Augmentation(new ImageRegularization()));
        var shape = VisionShapes.Images.Shape;
        var moves = new HashSet<(int, int)>();
        for (var row = 0; row < 100; row++)
        {
            var (seen, whole) = (Row(cropped, 0, row).Pixels, Row(plain, 0, row).Pixels);
            var places = from down in Enumerable.Range(-Crop, 2 * Crop + 1) from right in Enumerable.Range(-Crop, 2 * Crop + 1) select (down, right);
            moves.Add(places.Single(place => Enumerable.Range(0, shape.Area).All(i =>
            {
                var (y, x) = (i / shape.Width + place.down, i % shape.Width + place.right);
                var inside = y >= 0 && y < shape.Height && x >= 0 && x < shape.Width;
                return Math.Abs(seen[i] - (inside ? whole[y * shape.Width + x] : 0)) < 1e-5;
            })));
        }

        Assert.InRange(moves.Count, 15, 25);
    }

    [Fact]
    public void Answers_are_probabilities_and_mixup_has_two_classes()
    {
        var augmentation = Augmentation(new ImageRegularization { Mixup = 0.4, LabelSmoothing = 0.2 });
        for (var row = 0; row < 50; row++)
        {
            var (_, answer) = Row(augmentation, 0, row);
            Assert.Equal(1, answer.Sum(), 1e-5f);
            Assert.All(answer, probability => Assert.True(probability >= 0.02f - 1e-6f));
            Assert.InRange(answer.Count(probability => probability > 0.0201f), 1, 2);
        }
    }

    [Fact]
    public void Blocks_are_skipped_more_often_with_depth_and_keep_their_mean()
    {
        const int Layers = 3, Draws = 4000;
        var augmentation = Augmentation(new ImageRegularization { StochasticDepth = 0.5 });
        var sums = new double[2 * Layers];
        var skipped = new int[2 * Layers];
        var (pixels, answer, kept) = (new float[VisionShapes.Images.Shape.Length], new float[10], new float[2 * Layers]);
        for (var row = 0; row < Draws; row++)
        {
            augmentation.Fill(0, row, pixels, answer, kept);
            for (var block = 0; block < kept.Length; block++)
            {
                sums[block] += kept[block];
                skipped[block] += kept[block] == 0 ? 1 : 0;
            }
        }

        for (var block = 0; block < kept.Length; block++)
        {
            Assert.Equal(0.5 * (block / 2) / (Layers - 1), (double)skipped[block] / Draws, 0.04);
            Assert.Equal(1, sums[block] / Draws, 0.08);
        }
    }

    [Fact]
    public void Random_operations_change_images_more_with_their_magnitude_and_keep_values_in_range()
    {
        double Change(double magnitude)
        {
            var (varied, plain) = (Augmentation(new ImageRegularization { Operations = 2, Magnitude = magnitude }), Augmentation(new ImageRegularization()));
            return Enumerable.Range(0, 100).Average(row =>
            {
                var seen = Row(varied, 0, row).Pixels;
                Assert.All(seen, value => Assert.InRange(value, -0.5f - 1e-4f, 1.5f + 1e-4f));
                return seen.Zip(Row(plain, 0, row).Pixels, (a, b) => Math.Abs(a - b)).Average();
            });
        }

        Assert.True(Change(1) > 2 * Change(0.1));
    }

    [Fact]
    public void Beta_numbers_have_mean_one_half_and_the_variance_of_their_alpha()
    {
        const double Alpha = 0.4;
        var random = new ImageRandom(1, 2, 3);
        var values = Enumerable.Range(0, 20_000).Select(_ => random.NextBeta(Alpha)).ToList();
        Assert.Equal(0.5, values.Average(), 0.01);
        Assert.Equal(1 / (4 * (2 * Alpha + 1)), values.Average(value => (value - 0.5) * (value - 0.5)), 0.005);
    }

    [Fact]
    public void Impossible_regularization_is_named_at_once()
    {
        var message = Assert.Throws<NestorException>(new ImageRegularization { Crop = -1, Operations = 99, Magnitude = 2, Mixup = 3, LabelSmoothing = 1, StochasticDepth = 1 }.Validate).Message;
        foreach (var problem in new[] { "crop", "operations", "magnitude", "mixup", "smoothing", "depth" })
            Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_do_not_fit_the_model_are_refused()
    {
        var config = VisionShapes.Small with { ImageSize = 12 };
        Assert.Contains("1x16x16", Assert.Throws<NestorException>(() => new ImageBatches(VisionShapes.Images, new(), config, VisionShapes.Options)).Message, StringComparison.Ordinal);
    }

    private static ImageBatches Batches(ImageRegularization regularization, long seed = 1, int rows = Rows, int accumulate = 1) =>
        new(VisionShapes.Images, regularization, VisionShapes.Small, VisionShapes.Options with { BatchSize = rows, Accumulate = accumulate, Seed = seed });

    private static ImageAugmentation Augmentation(ImageRegularization regularization) => new(VisionShapes.Images, regularization, [0.25f], [0.5f], Rows, seed: 1);

    private static (float[] Pixels, float[] Answer) Row(ImageAugmentation augmentation, long step, long row)
    {
        var (pixels, answer) = (new float[VisionShapes.Images.Shape.Length], new float[10]);
        augmentation.Fill(step, row, pixels, answer, []);
        return (pixels, answer);
    }

    private static float[] Numbers(TrainingBatch batch) =>
        [.. batch.Inputs.data<float>(), .. batch.Targets.data<float>(), .. batch.Kept!.data<float>()];

    private static float[] Mirror(float[] pixels)
    {
        var width = VisionShapes.Images.Shape.Width;
        return [.. pixels.Chunk(width).SelectMany(row => row.Reverse())];
    }
}
