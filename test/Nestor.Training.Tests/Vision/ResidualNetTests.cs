using Nestor.Images;
using Nestor.Models;
using Nestor.Training.Data.Images;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Training;
using Nestor.Training.Tests.Data;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Vision;

/// <summary>A residual network with normalisation over the batch, whose statistics only training moves.</summary>
public sealed class ResidualNetTests : IDisposable
{
    private static readonly Threat Threat = new(Norm.Infinity, 0.03);

    private static readonly ResidualConfig Tiny = ResidualConfig.Of(width: 4) with { ImageSize = 12, Blocks = [1, 1], Channels = 1, Mean = [0.5f], StandardDeviation = [0.25f] };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ResNet_18_has_its_11_173_962_parameters_and_20_convolutions()
    {
        Assert.Equal(11_173_962, ResidualConfig.ResNet18.Parameters);
        Assert.Equal(20, ResidualTensors.All(ResidualConfig.ResNet18).Count(tensor => tensor.Shape.Length == 4));
        Assert.Equal([512, 512, 3, 3], ResidualTensors.All(ResidualConfig.ResNet18).Last(tensor => tensor.Shape.Length == 4).Shape);
    }

    [Fact]
    public void Images_of_32_pixels_are_4_wide_before_the_mean()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var net = ResidualNet.Create(ResidualConfig.Of(width: 4), seed: 1);
        using var quiet = no_grad();
        var scores = net.Classify(randn(2, 3, 32, 32), net.Config.FullWidths);
        Assert.Equal([2, 10], scores.shape);
        Assert.Throws<ArgumentException>(() => net.Classify(randn(2, 3, 16, 16), net.Config.FullWidths));
        Assert.Contains("whole", Assert.Throws<NestorException>(() => net.Classify(randn(2, 3, 32, 32), new WidthPlan([2]))).Message);
    }

    [Fact]
    public void A_block_adds_what_comes_in()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var net = ResidualNet.Create(Tiny with { Blocks = [1] }, seed: 1);
        foreach (var parameter in net.Parameters.Where(parameter => parameter.Name == "layer1.0.bn2.weight"))
            parameter.Weight.zero_();
        var weights = net.Parameters.ToDictionary(parameter => parameter.Name, parameter => (Tensor)parameter.Weight);
        weights["fc.weight"].normal_();
        var images = randn(3, 1, 12, 12);
        var stem = nn.functional.conv2d(images, weights["conv1.weight"], padding: [1, 1]) / Math.Sqrt(1 + Tiny.NormEpsilon);
        var expected = nn.functional.linear(stem.relu().mean([2, 3]), weights["fc.weight"], weights["fc.bias"]);
        Assert.InRange((net.Classify(images, Tiny.FullWidths) - expected).abs().max().item<float>(), 0, 1e-4);
    }

    [Fact]
    public void In_use_a_picture_is_scored_by_itself_and_a_saved_network_scores_the_same_bits()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var net = Trained(new WholeObjective(), steps: 5);
        net.Save(folder.Path("net"));
        using var opened = Assert.IsType<ResidualNet>(ImageModels.Open(folder.Path("net")));
        using var quiet = no_grad();
        var images = randn(5, 1, 12, 12);
        var scores = net.Classify(images, Tiny.FullWidths);
        Assert.True(scores.equal(opened.Classify(images, Tiny.FullWidths)).all().item<bool>());
        Assert.InRange((scores[2] - net.Classify(images.narrow(0, 2, 1), Tiny.FullWidths)[0]).abs().max().item<float>(), 0, 1e-4);
        using var weights = opened.OpenWeights(folder.Path("net"));
        Assert.NotNull(weights);
    }

    [Fact]
    public void A_damaged_description_is_refused()
    {
        TorchRuntime.EnsureLoaded();
        using var net = ResidualNet.Create(Tiny, seed: 1);
        net.Save(folder.Path("net"));
        File.WriteAllText(folder.Path("net/config.json"), File.ReadAllText(folder.Path("net/config.json")).Replace("\"momentum\": 0.1", "\"momentum\": 3"));
        Assert.Contains("momentum", Assert.Throws<NestorException>(() => ImageModels.Open(folder.Path("net"))).Message);
    }

    [Fact]
    public void Attacks_move_no_statistics()
    {
        using var scope = NewDisposeScope();
        using var net = Trained(new WholeObjective(), steps: 3);
        var before = Statistics(net);
        var images = rand([8, 1, 12, 12], generator: new Generator(3, CPU));
        using var result = AutoAttack.Evaluate(
            new ModelDefence(10, PixelScores.Of(net, Tiny.FullWidths)), images, arange(8), Threat, [new AutoPgd(new CrossEntropyLoss()) { Steps = 3 }, new SquareAttack { Queries = 3 }]);
        Assert.Equal(before, Statistics(net));
    }

    /// <summary>One pass over the neighbours moves the mean a tenth of the way; the steps of the search would have moved it further.</summary>
    [Theory]
    [InlineData("pgd", 1)]
    [InlineData("trades", 2)]
    public void A_robust_step_moves_statistics_by_its_loss_alone(string kind, int passes)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var net = ResidualNet.Create(Tiny, seed: 1);
        var batch = new TrainingBatch(randn([16, 1, 12, 12], generator: new Generator(2, CPU)).clamp(-2, 2), arange(16) % 10);
        RobustLoss loss = kind == "pgd" ? new AdversarialLoss() : new TradesLoss();
        new RobustObjective(new Threat(Norm.Infinity, 1e-6), loss) { Steps = 5 }.Backward(net, batch, new StepRandom(1, 0), 1);
        using var quiet = no_grad();
        var weights = net.Parameters.ToDictionary(parameter => parameter.Name, parameter => (Tensor)parameter.Weight);
        var mean = nn.functional.conv2d(batch.Inputs, weights["conv1.weight"], padding: [1, 1]).mean([0, 2, 3]);
        var expected = (1 - Math.Pow(0.9, passes)) * mean;
        Assert.InRange((weights["bn1.running_mean"] - expected).abs().max().item<float>(), 0, 1e-3 * mean.abs().max().item<float>());
    }

    [Fact]
    public void Robust_training_learns_and_goes_on_bit_for_bit_after_a_stop()
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(1);
        var objective = new RobustObjective(Threat, new TradesLoss()) { Steps = 2, WeightPerturbation = 0.01 };
        float[] whole = Weights("whole", objective, stopAfter: null);
        Assert.Equal(whole, Weights("stopped", objective, stopAfter: 3));
        Assert.All(whole, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void It_learns_what_it_is_shown()
    {
        using var scope = NewDisposeScope();
        using var net = Trained(new RobustObjective(Threat, new AdversarialLoss()) { Steps = 2, StepShare = 0.5 }, steps: 200);
        var (images, labels) = VisionPixels(Shapes(100), 100);
        using var result = AutoAttack.Evaluate(new ModelDefence(10, PixelScores.Of(net, Tiny.FullWidths)), images, labels, Threat, [new ProjectedGradient { Steps = 5 }]);
        Assert.True(result.CleanAccuracy > 0.3, $"{result.CleanAccuracy}");
    }

    [Fact]
    public void A_shape_that_cannot_be_is_refused_with_every_problem()
    {
        var error = Assert.Throws<NestorException>((Tiny with { Classes = 0, Momentum = 0, Mean = [] }).Validate);
        Assert.Contains("classes", error.Message);
        Assert.Contains("momentum", error.Message);
        Assert.Contains("means", error.Message);
        Assert.Throws<NestorException>((Tiny with { Blocks = [] }).Validate);
        Assert.Throws<NestorException>((Tiny with { FullWidths = new WidthPlan(4, 4) }).Validate);
    }

    private static ImageSet Shapes(int count) => ShapeImages.Draw(ImageSplit.Train, difficulty: 0.1, new ImageShape(1, 12, 12), count);

    private static TrainingOptions Options(Objective objective, long steps) =>
        new() { Objective = objective, Steps = steps, BatchSize = 32, WindowLength = 1, LearningRate = 5e-3, WarmUpSteps = Math.Min(2, steps), CheckpointEvery = 0 };

    private static ResidualNet Trained(Objective objective, long steps)
    {
        TorchRuntime.EnsureLoaded();
        var options = Options(objective, steps);
        var net = ResidualNet.Create(Tiny, seed: 1);
        using var trainer = new Trainer(net, new ImageBatches(Shapes(200), new ImageRegularization(), Tiny, options), options);
        trainer.Run();
        return net;
    }

    private float[] Weights(string name, Objective objective, int? stopAfter)
    {
        var options = Options(objective, steps: 6) with { BatchSize = 8 };
        for (var resume = false; ; resume = true)
        {
            var data = new ImageBatches(Shapes(50), new ImageRegularization(), Tiny, options);
            using var run = TrainingRun.Open(folder.Path(name), () => ResidualNet.Create(Tiny, seed: 1), data, options, resume);
            using var stop = new CancellationTokenSource();
            if (run.Execute(step => { if (!resume && step.Step == stopAfter) stop.Cancel(); }, stop.Token))
                return [.. run.Model.Parameters.SelectMany(parameter => parameter.Weight.data<float>().ToArray())];
        }
    }

    private static float[] Statistics(ResidualNet net) =>
        [.. net.Parameters.Where(parameter => parameter.Name.Contains(".running_", StringComparison.Ordinal)).SelectMany(parameter => parameter.Weight.data<float>().ToArray())];

    private static (Tensor Images, Tensor Labels) VisionPixels(ImageSet set, int count) => (
        tensor(Enumerable.Range(0, count).SelectMany(i => set.Pixels(i).ToArray()).Select(value => value / 255f).ToArray(), count, 1, 12, 12),
        tensor(Enumerable.Range(0, count).Select(i => (long)set.Label(i)).ToArray()));
}
