using Nestor.Images;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Data.Images;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Tests.Data;
using Nestor.Training.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Vision;

/// <summary>The trainer of language models, training a vision model.</summary>
public sealed class MatVitTrainingTests : IDisposable
{
    private static readonly ImageRegularization Regularization = new() { Crop = 1, Mixup = 0.2, StochasticDepth = 0.1 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("sampled")]
    [InlineData("joint")]
    [InlineData("sandwich")]
    public void Every_objective_lowers_the_loss(string objective)
    {
        // Ten images, one of each class, are known by heart soon.
        var losses = Train(VisionShapes.Options with { Steps = 80, BatchSize = 10, Objective = ObjectiveText.Parse(objective) }, new ImageRegularization(), VisionShapes.Images.Take(10));
        Assert.True(losses[^4..].Average() < 0.6 * losses[0], $"from {losses[0]} to {losses[^1]}");
    }

    [Fact]
    public void Resuming_continues_the_same_losses_bit_for_bit()
    {
        var threads = get_num_threads();
        set_num_threads(1);
        try
        {
            var options = VisionShapes.Options with { Steps = 10, Accumulate = 2, Optimizer = new AdamWOptions { SkipUntouchedNeurons = true } };
            var whole = Train(options, Regularization, VisionShapes.Images);
            var parts = new List<double>();
            using (var run = Run(options))
            using (var stop = new CancellationTokenSource())
            {
                Assert.False(run.Execute(
                    step =>
                    {
                        parts.Add(step.Losses[0].Loss);
                        if (step.Step == 4)
                            stop.Cancel();
                    },
                    stop.Token));
            }

            using (var run = Run(options))
            {
                Assert.Equal(4, run.Step);
                Assert.True(run.Execute(step => parts.Add(step.Losses[0].Loss)));
            }

            Assert.Equal(whole, parts);
            using var checkpoint = VisionCheckpoint.Open(folder.Path("run"));
            Assert.Equal(VisionShapes.Small, checkpoint.Config);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Neurons_that_a_step_does_not_reach_keep_weights_and_biases_bit_for_bit()
    {
        using var model = MatVit.Create(VisionShapes.Small, 1);
        var batches = new ImageBatches(VisionShapes.Images, Regularization, VisionShapes.Small, VisionShapes.Options);
        using var trainer = new Trainer(model, batches, VisionShapes.Options with
        {
            Steps = 3,
            WarmUpSteps = 0,
            Objective = new SampledObjective(0, 1, 0, 0),
            Optimizer = new AdamWOptions { SkipUntouchedNeurons = true },
        });
        using var scope = NewDisposeScope();
        var before = model.Parameters.Select(parameter => parameter.Weight.detach().clone()).ToList();
        trainer.Run();
        var width = VisionShapes.Small.Granularities[1].Width;
        foreach (var (parameter, old) in model.Parameters.Zip(before))
        {
            if (parameter.Neurons is not { } axis)
                continue;
            Tensor Band(Tensor tensor, long from, long to) => tensor.narrow(axis.Dimension, from, to - from);
            Assert.True(Band(parameter.Weight, width, 64).equal(Band(old, width, 64)).all().item<bool>());
            Assert.False(Band(parameter.Weight, 0, width).equal(Band(old, 0, width)).any().item<bool>());
        }
    }

    [Fact]
    public void Fifty_steps_leave_the_number_of_live_tensors_unchanged()
    {
        using var model = MatVit.Create(VisionShapes.Small, 1);
        var batches = new ImageBatches(VisionShapes.Images, Regularization, VisionShapes.Small, VisionShapes.Options);
        using var trainer = new Trainer(model, batches, VisionShapes.Options with { Steps = 50, Objective = new SandwichObjective() });
        var live = new List<long>();
        trainer.Run(step =>
        {
            if (step.Step % 10 == 0)
                live.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        });
        Assert.Equal(5, live.Count);
        Assert.All(live, count => Assert.Equal(live[0], count));
    }

    [Fact]
    public void Another_shape_or_other_images_cannot_go_on_with_a_checkpoint()
    {
        using (var run = Run(VisionShapes.Options with { Steps = 1, WarmUpSteps = 0 }))
            run.Execute();
        using var other = MatVit.Create(VisionShapes.Small with { Pooling = VisionPooling.Mean }, 1);
        var batches = new ImageBatches(VisionShapes.Images.Take(100), new ImageRegularization { Flip = true }, other.Config, VisionShapes.Options);
        using var trainer = new Trainer(other, batches, VisionShapes.Options with { Steps = 1, WarmUpSteps = 0 });
        var error = Assert.Throws<NestorException>(() => TrainingCheckpoint.Newest(folder.Path("run"))!.Restore(trainer));
        foreach (var difference in new[] { "another shape", "other data", "flip", "stochastic depth 0.1" })
            Assert.Contains(difference, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Accuracy_counts_the_images_whose_best_score_is_their_class()
    {
        using var model = MatVit.Create(VisionShapes.Small with { Labels = [.. VisionShapes.Images.Classes] }, 1);
        using var quiet = no_grad();
        var bias = model.Parameters.Single(parameter => parameter.Name == VisionTensorNames.ClassifierBias).Weight;
        bias[3] = 5; // Every image is of class 3.
        var measured = new AccuracyEvaluation(model, VisionShapes.Images).Measure(WidthPlan.Uniform(8, 3));
        Assert.Equal((20, 200), (measured.Right, measured.Images));
        Assert.Equal(0.1, measured.Accuracy);
        Assert.Equal(Math.Sqrt(0.1 * 0.9 / 200), measured.StandardError, 1e-12);
        Assert.Equal(Math.Log(9 + Math.Exp(5)) - 0.5, measured.NatsPerImage, 1e-4);
    }

    [Fact]
    public void Images_of_other_classes_are_not_measured()
    {
        using var model = MatVit.Create(VisionShapes.Small with { Labels = [.. Enumerable.Range(0, 10).Select(i => $"class {i}")] }, 1);
        Assert.Contains("circle", Assert.Throws<NestorException>(() => new AccuracyEvaluation(model, VisionShapes.Images)).Message, StringComparison.Ordinal);
    }

    private TrainingRun<MatVit> Run(TrainingOptions options) => TrainingRun.Open(
        folder.Path("run"), () => MatVit.Create(VisionShapes.Small, 1), new ImageBatches(VisionShapes.Images, Regularization, VisionShapes.Small, options), options, resume: true);

    private static List<double> Train(TrainingOptions options, ImageRegularization regularization, ImageSet images)
    {
        using var model = MatVit.Create(VisionShapes.Small, 1);
        var batches = new ImageBatches(images, regularization, VisionShapes.Small, options);
        using var trainer = new Trainer(model, batches, options);
        var losses = new List<double>();
        Assert.True(trainer.Run(step => losses.Add(step.Losses[0].Loss)));
        return losses;
    }
}
