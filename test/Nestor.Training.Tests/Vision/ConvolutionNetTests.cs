using CsCheck;
using Nestor.Models;
using Nestor.Training.Data.Images;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Nestor.Training.Tests.Data;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Vision;

/// <summary>A convolutional network whose channels are nested, and what pruning a channel takes with it.</summary>
public sealed class ConvolutionNetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static ConvolutionConfig Small { get; } = new()
    {
        ImageSize = 16,
        Channels = 1,
        FullWidths = new WidthPlan(4, 6, 8),
        Classes = 10,
        Mean = [0.25f],
        StandardDeviation = [0.5f],
    };

    private static ConvolutionConfig Nested { get; } = Small with { FullWidths = WidthPlan.Uniform(8, 3), Granularities = Granularity.Paper(8) };

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_cut_computes_what_the_whole_network_does_at_its_plan() => Gen.Select(Gen.Int[1, 4], Gen.Int[1, 6], Gen.Int[1, 8]).Sample(
        (a, b, c) =>
        {
            using var scope = NewDisposeScope();
            using var net = Calibrated(Small);
            var plan = new WidthPlan(a, b, c);
            using var cut = net.Cut(plan);
            var images = randn(5, 1, 16, 16);
            AssertClose(net.Classify(images, plan), cut.Classify(images, plan));
            AssertClose(net.Scores(new TrainingBatch(images, images), plan), cut.Scores(new TrainingBatch(images, images), plan));
        },
        iter: 20);

    [Fact]
    public void A_channel_at_zero_is_a_channel_less()
    {
        using var scope = NewDisposeScope();
        using var net = Calibrated(Small);
        foreach (var (groups, kept) in net.Groups.Zip([3, 5, 7]))
            groups.Scale(cat([ones(kept), zeros(1)]));
        using var cut = net.Cut(new WidthPlan(3, 5, 7));
        var images = randn(5, 1, 16, 16);
        AssertClose(net.Classify(images, Small.FullWidths), cut.Classify(images, cut.Config.FullWidths));
    }

    [Fact]
    public void Calibration_makes_use_agree_with_training_on_the_batch_it_saw()
    {
        using var scope = NewDisposeScope();
        using var net = Random(Nested);
        var options = VisionShapes.Options with { BatchSize = 100 };
        var batches = new ImageBatches(VisionShapes.Images, new(), Nested, options);
        var batch = batches.Batch(0, 0, CPU);
        foreach (var granularity in Nested.Granularities)
        {
            var plan = WidthPlan.Uniform(granularity.Width, 3);
            net.Calibrate(batches, plan, batches: 1);
            AssertClose(net.Scores(batch, plan), net.Classify(batch.Inputs, plan), 0.1);
        }
    }

    [Fact]
    public void In_use_a_picture_is_scored_by_itself()
    {
        using var scope = NewDisposeScope();
        using var net = Calibrated(Small);
        var images = randn(5, 1, 16, 16);
        AssertClose(net.Classify(images, Small.FullWidths).narrow(0, 2, 1), net.Classify(images.narrow(0, 2, 1), Small.FullWidths));
    }

    [Fact]
    public void Widths_learn_together()
    {
        using var net = ConvolutionNet.Create(Nested, 1);
        var batches = new ImageBatches(VisionShapes.Images, new(), Nested, VisionShapes.Options);
        using var trainer = new Trainer(net, batches, VisionShapes.Options with { Steps = 60, LearningRate = 1e-2, Objective = new JointObjective() });
        Assert.True(trainer.Run());
        foreach (var granularity in Nested.Granularities.Skip(2))
        {
            var plan = WidthPlan.Uniform(granularity.Width, 3);
            net.Calibrate(batches, plan, batches: 10);
            var measured = new AccuracyEvaluation(net, VisionShapes.Images).Measure(plan);
            Assert.True(measured.NatsPerImage < Math.Log(10) - 0.04, $"{granularity.Name}: {measured.NatsPerImage} nats");
        }
    }

    [Fact]
    public void A_target_width_of_each_layer_is_reached_and_then_cut_without_a_change()
    {
        using var scope = NewDisposeScope();
        using var net = ConvolutionNet.Create(Nested, 1);
        var options = VisionShapes.Options with { GroupLasso = new GroupLassoOptions { Penalty = new TargetDecay(2, 4, 6) } };
        var batches = new ImageBatches(VisionShapes.Images, new(), Nested, options);
        using var trainer = new Trainer(net, batches, options);
        Assert.True(trainer.Run());
        Assert.Equal([2, 4, 6], net.Groups.Select(groups => groups.NormValues().Count(norm => norm > 0)));
    }

    [Fact]
    public void A_folder_gives_the_network_back_and_another_shape_is_noticed()
    {
        using var scope = NewDisposeScope();
        using var net = Calibrated(Nested);
        net.Save(folder.Path("net"));
        using var loaded = ConvolutionNet.Load(folder.Path("net"));
        Assert.Equal(Nested, loaded.Config);
        Assert.All(net.Parameters.Zip(loaded.Parameters), pair => Assert.True(pair.First.Weight.equal(pair.Second.Weight).all().item<bool>(), pair.First.Name));
        using var other = Random(Small);
        Assert.Null(other.OpenWeights(folder.Path("net")));
        File.WriteAllText(Path.Combine(folder.Path("net"), "config.json"), "{}");
        Assert.Contains("config.json", Assert.Throws<NestorException>(() => ConvolutionNet.Load(folder.Path("net"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_shapes_name_every_problem()
    {
        var message = Assert.Throws<NestorException>(() => ConvolutionNet.Create(Small with { ImageSize = 3, Classes = 0, Mean = [] }, 1)).Message;
        Assert.All(new[] { "halved", "classes", "means" }, problem => Assert.Contains(problem, message, StringComparison.Ordinal));
    }

    private static ConvolutionNet Calibrated(ConvolutionConfig config)
    {
        var net = Random(config);
        var batches = new ImageBatches(VisionShapes.Images, new(), config, VisionShapes.Options);
        net.Calibrate(batches, config.FullWidths, batches: 2);
        return net;
    }

    /// <summary>Nothing of a new network's zeros and ones, which hide mistakes.</summary>
    private static ConvolutionNet Random(ConvolutionConfig config)
    {
        var net = ConvolutionNet.Create(config, 1);
        using var quiet = no_grad();
        foreach (var parameter in net.Parameters.Where(parameter => parameter.Weight.requires_grad))
            parameter.Weight.add_(randn(parameter.Weight.shape), alpha: 0.3);
        return net;
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance = 1e-4) =>
        Assert.True(allclose(expected, actual, rtol: tolerance, atol: tolerance), $"differs by {(expected - actual).abs().max().item<float>()}");
}
