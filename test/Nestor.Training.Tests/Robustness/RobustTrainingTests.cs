using Nestor.Images;
using Nestor.Models;
using Nestor.Training.Data.Images;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Certification;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Training;
using Nestor.Training.Tests.Data;
using Nestor.Training.Vision;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

public sealed class RobustTrainingTests
{
    private static readonly PlainNetConfig Config = new()
    {
        ImageSize = 12,
        Channels = 1,
        Convolutions = [new(8, 3, 2), new(12, 3, 1)],
        Pool = true,
        FullWidths = new WidthPlan([24]),
        Classes = 10,
        Mean = [0.5f],
        StandardDeviation = [0.25f],
        Granularities = [new Granularity("S", 8), new Granularity("XL", 24)],
    };

    private static readonly Threat Threat = new(Norm.Infinity, 0.04);

    [Fact]
    public void A_model_trained_on_worst_neighbours_withstands_more_than_one_trained_on_images()
    {
        var standard = RobustAccuracy(Trained(new WholeObjective()));
        var robust = RobustAccuracy(Trained(new RobustObjective(Threat, new AdversarialLoss()) { Steps = 3, StepShare = 0.5, RampSteps = 50 }));
        Assert.True(robust > standard + 0.1, $"{robust} against {standard}");
    }

    [Theory]
    [InlineData("trades")]
    [InlineData("mart")]
    [InlineData("awp")]
    public void Every_loss_runs_and_goes_on_bit_for_bit_after_a_stop(string kind)
    {
        RobustObjective objective = kind switch
        {
            "trades" => new(Threat, new TradesLoss()) { Steps = 2 },
            "mart" => new(Threat, new MartLoss(), new AdversarialLoss()) { Steps = 2 },
            _ => new(Threat, new AdversarialLoss()) { Steps = 2, WeightPerturbation = 0.01, WeightPerturbationFrom = 2 },
        };
        using var folder = new TemporaryFolder();
        float[] whole = Weights(folder.Path("whole"), objective, stopAfter: null);
        float[] stopped = Weights(folder.Path("stopped"), objective, stopAfter: 3);
        Assert.Equal(whole, stopped);
    }

    [Fact]
    public void Perturbed_weights_move_by_a_share_of_their_norm_against_the_loss_and_come_back()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var model = PlainNet.Create(Config, seed: 1);
        var batch = new TrainingBatch(randn([16, 1, 12, 12], generator: new Generator(2, CPU)), arange(16) % 10);
        var before = model.Parameters.Select(parameter => parameter.Weight.clone()).ToList();
        var loss = model.Loss(batch, model.Config.FullWidths).item<float>();
        using (PerturbedWeights.Of(model.Parameters, model.Loss(batch, model.Config.FullWidths), 0.01))
        {
            Assert.True(model.Loss(batch, model.Config.FullWidths).item<float>() > loss);
            Assert.All(model.Parameters.Zip(before), pair => Assert.Equal(
                pair.Second.dim() > 1 ? 0.01 : 0, (pair.First.Weight - pair.Second).norm().item<float>() / (pair.Second.norm().item<float>() + 1e-9), 1e-4));
        }

        Assert.All(model.Parameters.Zip(before), pair => Assert.True(pair.First.Weight.equal(pair.Second).all().item<bool>()));
    }

    /// <summary>What bounds prove, no attack may disprove.</summary>
    [Fact]
    public void No_attack_breaks_what_is_certified_and_training_for_certificates_gives_some()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var model = Trained(new CertifiedObjective(Threat, RampSteps: 150));
        var (images, labels) = TestImages();
        var certain = CertifiedVote.IsCertain(model, images, labels, Threat.Epsilon);
        using var attacked = AutoAttack.Evaluate(
            new ModelDefence(10, PixelScores.Of(model, Config.FullWidths)), images, labels, Threat, [new AutoPgd(new CrossEntropyLoss()) { Steps = 20 }, new AutoPgd(new MarginLoss()) { Steps = 20 }]);
        Assert.All(certain.Zip(attacked.IsRobust), pair => Assert.True(pair.Second || !pair.First, "A certified image fell."));
        Assert.InRange(certain.Count(flag => flag), 10, attacked.IsRobust.Count(flag => flag));

        var vote = CertifiedVote.Accuracy([model, model, model], new StrictPlurality(), images, labels, Threat.Epsilon);
        Assert.Equal(certain.Count(flag => flag) / 100.0, vote);
    }

    [Fact]
    public void An_objective_survives_its_text()
    {
        foreach (var objective in new Objective[]
        {
            new RobustObjective(Threat, new AdversarialLoss()),
            new RobustObjective(new Threat(Norm.Two, 0.5), new TradesLoss(2.5), new MartLoss()) { Steps = 7, StepShare = 0.5, RampSteps = 30, WeightPerturbation = 0.01, WeightPerturbationFrom = 9 },
            new CertifiedObjective(Threat, 100, 0.25),
        })
            Assert.Equal(objective, ObjectiveText.Parse(ObjectiveText.Print(objective)));
        Assert.Throws<NestorException>(() => ObjectiveText.Parse("robust:pgd:inf:x:1:1:0:0:0"));
        Assert.Throws<NestorException>(() => ObjectiveText.Parse("robust:fgsm:inf:0.1:1:1:0:0:0"));
    }

    [Fact]
    public void Training_that_cannot_be_is_refused()
    {
        Assert.Contains("image models", Assert.Throws<NestorException>(() => new RobustObjective(Threat, new AdversarialLoss()).Validate(ModelPresets.Get("quickstart"))).Message);
        Assert.Contains("one for each", Assert.Throws<NestorException>(() => new RobustObjective(Threat, new AdversarialLoss(), new TradesLoss(), new MartLoss()).Validate(Config)).Message);
        Assert.Throws<NestorException>(() => new RobustObjective(Threat, new AdversarialLoss()) { Steps = 0 }.Validate(Config));
        Assert.Throws<NestorException>(() => new RobustObjective(new Threat(Norm.Infinity, 8), new AdversarialLoss()).Validate(Config));
        Assert.Throws<NestorException>(() => new CertifiedObjective(new Threat(Norm.Two, 0.1), 10).Validate(Config));
        Assert.Throws<NestorException>(() => new CertifiedObjective(Threat, 10, WorstShare: 2).Validate(Config));
    }

    private static ImageSet Shapes(ImageSplit split, int count) => ShapeImages.Draw(split, difficulty: 0.1, new ImageShape(1, 12, 12), count);

    private static PlainNet Trained(Objective objective)
    {
        TorchRuntime.EnsureLoaded();
        var options = new TrainingOptions { Objective = objective, Steps = 250, BatchSize = 64, WindowLength = 1, LearningRate = 4e-3, WarmUpSteps = 10, CheckpointEvery = 0 };
        var data = new ImageBatches(Shapes(ImageSplit.Train, 1000), new ImageRegularization(), Config, options);
        var model = PlainNet.Create(Config, seed: 1);
        using var trainer = new Trainer(model, data, options);
        trainer.Run();
        return model;
    }

    private static float[] Weights(string folder, Objective objective, int? stopAfter)
    {
        TorchRuntime.EnsureLoaded();
        var options = new TrainingOptions { Objective = objective, Steps = 6, BatchSize = 8, WindowLength = 1, WarmUpSteps = 2 };
        for (var resume = false; ; resume = true)
        {
            var data = new ImageBatches(Shapes(ImageSplit.Train, 100), new ImageRegularization(), Config, options);
            using var run = TrainingRun.Open(folder, () => PlainNet.Create(Config, seed: 1), data, options, resume);
            using var stop = new CancellationTokenSource();
            if (run.Execute(step => { if (!resume && step.Step == stopAfter) stop.Cancel(); }, stop.Token))
                return [.. run.Model.Parameters.SelectMany(parameter => parameter.Weight.data<float>().ToArray())];
        }
    }

    private static (Tensor Images, Tensor Labels) TestImages()
    {
        var set = Shapes(ImageSplit.Test, 100);
        return (
            tensor(Enumerable.Range(0, 100).SelectMany(i => set.Pixels(i).ToArray()).Select(value => value / 255f).ToArray(), 100, 1, 12, 12),
            tensor(Enumerable.Range(0, 100).Select(i => (long)set.Label(i)).ToArray()));
    }

    private static double RobustAccuracy(PlainNet trained)
    {
        using var model = trained;
        using var scope = NewDisposeScope();
        var (images, labels) = TestImages();
        using var result = AutoAttack.Evaluate(new ModelDefence(10, PixelScores.Of(model, Config.FullWidths)), images, labels, Threat, [new AutoPgd(new MarginLoss()) { Steps = 20 }]);
        return result.RobustAccuracy;
    }
}
