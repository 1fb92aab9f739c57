using CsCheck;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Inference.Network;
using Nestor.Inference.Vision;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Inference.Vision;

public sealed class VisionEncoderTests
{
    private const float Error = 2e-5f;

    private static readonly DecoderOptions OneThread = new() { Threads = 1 };

    private static readonly VisionConfig MeanOfFine = RandomVision.Fine with { Pooling = VisionPooling.Mean };

    private static readonly Gen<VisionConfig> Configs = Gen.OneOf(RandomVision.Small, RandomVision.Small with { Pooling = VisionPooling.Mean }, RandomVision.Fine, MeanOfFine);

    private static readonly Gen<int[]> Widths = Gen.Int[1, 88].Array[3];

    [Theory]
    [InlineData("XL", VisionPooling.ClassToken)]
    [InlineData("S", VisionPooling.Mean)]
    [InlineData("1,88,37", VisionPooling.ClassToken)]
    [InlineData("88,64,5", VisionPooling.Mean)]
    public void Results_are_those_of_a_reference_in_double_precision(string plan, VisionPooling pooling)
    {
        foreach (var config in (VisionConfig[])[RandomVision.Small, RandomVision.Fine])
        {
            using var model = new RandomVision(config with { Pooling = pooling });
            var (widths, images) = (WidthPlanText.Parse(plan, config), RandomVision.Images(config, 3));
            var encoder = VisionEncoder.Load(model.Checkpoint);
            var (embeddings, logits) = (new float[3 * config.HiddenSize], new float[3 * config.Classes]);
            encoder.Run(images, widths, embeddings, logits);
            var reference = new ReferenceEncoder(model.Checkpoint);
            for (var i = 0; i < 3; i++)
            {
                var (embedding, scores) = reference.Read(images.AsSpan(i * config.ImageLength, config.ImageLength), widths);
                AssertNear(embedding, embeddings.AsSpan(i * config.HiddenSize, config.HiddenSize));
                AssertNear(scores, logits.AsSpan(i * config.Classes, config.Classes));
            }
        }
    }

    /// <summary>Of quantised weights at widths of whole blocks: 32 neurons share a scale.</summary>
    [Fact]
    public void A_plan_run_in_place_and_the_extracted_slice_give_the_same_bits() =>
        Gen.Select(Configs, Widths, Gen.Enum<WeightType>(), Gen.Int[1, 5]).Sample((config, widths, type, count) =>
        {
            using var model = new RandomVision(config);
            using var folder = new TemporaryFolder();
            var plan = new WidthPlan(type is WeightType.Q8 or WeightType.Q4 ? [.. widths.Select(width => (width + 24) / 32 * 32).Select(width => Math.Clamp(width, 32, 64))] : widths);
            model.Checkpoint.Slice(plan).Save(folder.File("slice"));
            using var slice = VisionCheckpoint.Open(folder.File("slice"));
            var images = RandomVision.Images(config, count);
            var options = new DecoderOptions { Weights = type };
            Assert.Equal(VisionEncoder.Load(slice, options).Logits(images, plan), VisionEncoder.Load(model.Checkpoint, options).Logits(images, plan));
            Assert.Equal(VisionEncoder.Load(slice, options).Embed(images, plan), VisionEncoder.Load(model.Checkpoint, options).Embed(images, plan));
        }, iter: 25);

    [Fact]
    public void Masking_neurons_is_slicing_them()
    {
        using var model = new RandomVision(RandomVision.Small);
        using var folder = new TemporaryFolder();
        var (config, plan, images) = (model.Config, new WidthPlan(3, 88, 50), RandomVision.Images(RandomVision.Small, 2));
        VisionCheckpoint.Write(folder.File("masked"), config, [.. VisionTensorNames.All(config).Select(tensor => Masked(model.Checkpoint, tensor.Name, [.. tensor.Shape], plan))]);
        using var masked = VisionCheckpoint.Open(folder.File("masked"));
        Assert.Equal(VisionEncoder.Load(model.Checkpoint).Logits(images, plan), VisionEncoder.Load(masked).Logits(images, config.FullWidths));
    }

    [Fact]
    public void A_pictures_results_do_not_depend_on_batch_threads_or_kernels() =>
        Gen.Select(Configs, Widths, Gen.Enum<WeightType>(), Gen.Int[1, 40], Gen.Int[1, 4]).Sample((config, widths, type, count, threads) =>
        {
            using var model = new RandomVision(config);
            var (plan, images) = (new WidthPlan(widths), RandomVision.Images(config, count));
            var together = VisionEncoder.Load(model.Checkpoint, new DecoderOptions { Weights = type, Threads = threads }).Logits(images, plan);
            var alone = VisionEncoder.Load(model.Checkpoint, OneThread with { Weights = type }, KernelChoice.Plain);
            foreach (var i in new HashSet<int> { 0, count / 2, count - 1 })
                Assert.Equal(alone.Logits(images.AsSpan(i * config.ImageLength, config.ImageLength), plan), together[(i * config.Classes)..((i + 1) * config.Classes)]);
        }, iter: 20);

    [Fact]
    public void Fewer_pictures_than_threads_are_shared_by_all_with_the_same_bits()
    {
        using var model = new RandomVision(MeanOfFine);
        var images = RandomVision.Images(MeanOfFine, 1);
        var expected = VisionEncoder.Load(model.Checkpoint, OneThread).Embed(images, MeanOfFine.FullWidths);
        var team = VisionEncoder.Load(model.Checkpoint, new DecoderOptions { Threads = 4 });
        for (var i = 0; i < 20; i++)
            Assert.Equal(expected, team.Embed(images, MeanOfFine.FullWidths));
    }

    [Fact]
    public void The_classifier_reads_the_embedding()
    {
        using var model = new RandomVision(RandomVision.Small);
        var (config, images) = (model.Config, RandomVision.Images(model.Config, 1));
        var encoder = VisionEncoder.Load(model.Checkpoint);
        var embedding = encoder.Embed(images, config.FullWidths);
        var (weight, bias) = (new float[config.Classes * config.HiddenSize], new float[config.Classes]);
        model.Checkpoint.Tensors.Get(VisionTensorNames.Classifier).CopyTo(weight);
        model.Checkpoint.Tensors.Get(VisionTensorNames.ClassifierBias).CopyTo(bias);
        AssertNear([.. bias.Select((b, c) => b + (double)embedding.Select((e, i) => e * weight[c * config.HiddenSize + i]).Sum())], encoder.Logits(images, config.FullWidths));
    }

    [Fact]
    public void Narrower_weights_cost_little()
    {
        using var model = new RandomVision(RandomVision.Fine);
        var images = RandomVision.Images(model.Config, 2);
        var exact = VisionEncoder.Load(model.Checkpoint).Embed(images, model.Config.FullWidths);
        foreach (var (type, most) in new[] { (WeightType.F16, 0.01), (WeightType.BF16, 0.1), (WeightType.Q8, 0.1), (WeightType.Q4, 1.0) })
        {
            var encoder = VisionEncoder.Load(model.Checkpoint, new DecoderOptions { Weights = type });
            Assert.Equal(type, encoder.Weights);
            var distance = exact.Zip(encoder.Embed(images, model.Config.FullWidths), (a, b) => (a - b) * (a - b)).Sum() / exact.Sum(a => a * a);
            Assert.InRange(Math.Sqrt(distance), 0, most);
        }
    }

    [Fact]
    public void Half_precision_is_loaded_as_it_is_stored()
    {
        using var model = new RandomVision(RandomVision.Small, type: TensorType.BF16);
        Assert.Equal(WeightType.BF16, VisionEncoder.Load(model.Checkpoint).Weights);
    }

    [Fact]
    public void No_picture_gives_no_result()
    {
        using var model = new RandomVision(RandomVision.Small);
        Assert.Empty(VisionEncoder.Load(model.Checkpoint).Embed([], model.Config.FullWidths));
    }

    [Fact]
    public void The_checkpoint_may_be_closed()
    {
        using var model = new RandomVision(RandomVision.Small);
        var encoder = VisionEncoder.Load(model.Checkpoint);
        var fingerprint = model.Checkpoint.Fingerprint;
        model.Checkpoint.Dispose();
        Assert.Equal(model.Config.Classes, encoder.Logits(RandomVision.Images(model.Config, 1), model.Config.FullWidths).Length);
        Assert.Equal(fingerprint, encoder.Fingerprint);
    }

    [Fact]
    public void What_cannot_be_read_is_refused_in_one_line()
    {
        using var model = new RandomVision(RandomVision.Small);
        var (encoder, config) = (VisionEncoder.Load(model.Checkpoint), model.Config);
        Errors.AreOneLineWith(() => encoder.Embed(new float[config.ImageLength + 1], config.FullWidths), "451 values", "450", "2 x 15 x 15");
        Errors.AreOneLineWith(() => encoder.Logits(new float[450], new WidthPlan(89, 1, 1)), "89", "layer 0");
        Errors.AreOneLineWith(() => config.CheckPicture(3, 15, 15), "3 x 15 x 15", "2 x 15 x 15");
        Errors.AreOneLineWith(() => config.CheckPicture(2, 28, 28), "2 x 28 x 28", "2 x 15 x 15");
        Errors.AreOneLineWith(() => config.Normalize(new byte[449], new float[449]), "449 bytes", "450");
        foreach (var bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            foreach (var at in (int[])[450 + 225 + 15 + 3, 899])
            {
                var images = RandomVision.Images(config, 2);
                images[at] = bad;
                Errors.AreOneLineWith(() => encoder.Embed(images, config.FullWidths), "Picture 1", $"channel 1, row {(at - 675) / 15}, column {at % 15}", "finite");
            }
        }

        Assert.Throws<ArgumentException>(() => encoder.Run(new float[450], config.FullWidths, new float[39], default));
    }

    [Fact]
    public void Bytes_become_inputs_by_mean_and_deviation_of_their_channel()
    {
        var config = RandomVision.Small;
        var pixels = new byte[2 * config.ImageLength];
        new Random(1).NextBytes(pixels);
        var images = new float[pixels.Length];
        config.Normalize(pixels, images);
        for (var i = 0; i < pixels.Length; i++)
        {
            var channel = i / 225 % 2;
            Assert.Equal((pixels[i] / 255.0 - config.Mean[channel]) / config.StandardDeviation[channel], images[i], 1e-6);
        }
    }

    // Neurons beyond the plan write nothing into the residual stream: their columns of the down projection are zero.
    private static TensorSource Masked(VisionCheckpoint checkpoint, string name, long[] shape, WidthPlan plan)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        checkpoint.Tensors.Get(name).CopyTo(values);
        for (var layer = 0; layer < plan.Layers; layer++)
        {
            for (var i = 0; name == VisionTensorNames.Down(layer) && i < values.Length; i++)
                values[i] = i % shape[1] < plan[layer] ? values[i] : 0;
        }

        return TensorSource.Of(name, values, shape);
    }

    private static void AssertNear(double[] expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], Error);
    }
}
