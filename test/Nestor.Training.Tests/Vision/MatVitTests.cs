using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Nested;
using Nestor.Training.Tests.Data;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Vision;

public sealed class MatVitTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(VisionPooling.ClassToken)]
    [InlineData(VisionPooling.Mean)]
    public void Saving_and_loading_is_identity(VisionPooling pooling)
    {
        using var model = Model(VisionShapes.Small with { Pooling = pooling, Labels = [.. VisionShapes.Images.Classes] });
        model.Save(folder.Path("model"));
        using var checkpoint = VisionCheckpoint.Open(folder.Path("model"));
        using var loaded = MatVit.Load(checkpoint);
        Assert.Equal(model.Config, loaded.Config);
        foreach (var (saved, read) in model.Parameters.Zip(loaded.Parameters))
        {
            Assert.Equal(saved.Name, read.Name);
            Assert.True(saved.Weight.equal(read.Weight).all().item<bool>());
        }
    }

    [Fact]
    public void An_extracted_slice_gives_the_logits_and_embeddings_of_its_plan_inside_the_whole_model()
    {
        using var model = Model();
        using var scope = NewDisposeScope();
        model.Save(folder.Path("model"));
        using var checkpoint = VisionCheckpoint.Open(folder.Path("model"));
        foreach (var (plan, i) in Plans.Select((plan, i) => (plan, i)))
        {
            checkpoint.Slice(plan).Save(folder.Path($"slice{i}"));
            using var slice = VisionCheckpoint.Open(folder.Path($"slice{i}"));
            using var extracted = MatVit.Load(slice);
            AssertClose(model.Forward(Images, plan), extracted.Forward(Images, extracted.Config.FullWidths));
            AssertClose(model.Embed(Images, plan), extracted.Embed(Images, extracted.Config.FullWidths));
        }
    }

    [Fact]
    public void Slicing_is_masking()
    {
        // Neurons with neither weights nor bias give gelu(0) = 0, so masking rows and their biases is cutting them off.
        foreach (var plan in Plans)
        {
            using var model = Model();
            using var scope = NewDisposeScope();
            var sliced = model.Forward(Images, plan).detach();
            using var quiet = no_grad();
            foreach (var parameter in model.Parameters)
            {
                if (parameter.Neurons is { Dimension: 0 } axis)
                    parameter.Weight.narrow(0, plan[axis.Layer], parameter.Weight.shape[0] - plan[axis.Layer]).zero_();
            }

            AssertClose(sliced, model.Forward(Images, model.Config.FullWidths));
        }
    }

    [Fact]
    public void Neurons_beyond_the_width_get_exactly_zero_gradient_and_all_else_gets_some()
    {
        using var model = Model();
        using var scope = NewDisposeScope();
        var loss = Assert.Single(new SampledObjective(1, 0, 0, 0).Backward(model, Batch(), new StepRandom(1, 0), 1));
        Assert.Equal("S", loss.Name);
        var width = model.Config.Granularities[0].Width;
        foreach (var parameter in model.Parameters.Where(parameter => !parameter.Name.EndsWith("key.bias", StringComparison.Ordinal))) // Softmax does not see a key's bias.
        {
            var gradient = parameter.Weight.grad!;
            if (parameter.Neurons is { } neurons)
            {
                Assert.Equal(0, gradient.narrow(neurons.Dimension, width, gradient.shape[neurons.Dimension] - width).count_nonzero().item<long>());
                gradient = gradient.narrow(neurons.Dimension, 0, width);
            }

            Assert.NotEqual(0, gradient.count_nonzero().item<long>());
        }
    }

    [Fact]
    public void Every_neuron_has_its_bias_among_the_nested_parameters()
    {
        using var model = Model();
        foreach (var layer in Enumerable.Range(0, 3))
        {
            var nested = model.Parameters.Where(parameter => parameter.Neurons is { } axis && axis.Layer == layer).Select(parameter => parameter.Name);
            Assert.Equal([VisionTensorNames.Up(layer), VisionTensorNames.UpBias(layer), VisionTensorNames.Down(layer)], nested);
        }
    }

    [Fact]
    public void Patches_are_a_convolution_whose_step_is_its_size()
    {
        // One layer whose blocks add nothing, so that an embedding is the norm of patch, position and mean.
        var config = VisionShapes.Small with { Channels = 3, Mean = [0, 0, 0], StandardDeviation = [1, 1, 1], Pooling = VisionPooling.Mean, FullWidths = WidthPlan.Uniform(8, 1), Granularities = [] };
        using var model = MatVit.Create(config, 3);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Tensor Weight(string name) => model.Parameters.Single(parameter => parameter.Name == name).Weight;
        Weight(VisionTensorNames.Output(0)).zero_();
        Weight(VisionTensorNames.Down(0)).zero_();
        var images = randn(2, 3, 16, 16);
        var patches = nn.functional.conv2d(images, Weight(VisionTensorNames.Patch), Weight(VisionTensorNames.PatchBias), strides: [4, 4]).flatten(2).transpose(1, 2);
        var expected = nn.functional.layer_norm(patches + Weight(VisionTensorNames.Positions), [32], eps: config.NormEpsilon).mean([1]);
        AssertClose(expected, model.Embed(images, config.FullWidths));
    }

    [Fact]
    public void A_skipped_block_adds_nothing_to_its_image_and_leaves_the_others()
    {
        using var model = Model();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var plan = Plans[0];
        var kept = ones(Images.shape[0], model.Blocks);
        AssertClose(model.Forward(Images, plan), model.Forward(Images, plan, kept));
        kept[0, 1] = 0;
        var skipped = model.Forward(Images, plan, kept);
        Assert.False(allclose(model.Forward(Images, plan)[0], skipped[0], rtol: 1e-3, atol: 1e-4));
        AssertClose(model.Forward(Images, plan).narrow(0, 1, Images.shape[0] - 1), skipped.narrow(0, 1, Images.shape[0] - 1));
    }

    [Fact]
    public void The_loss_is_the_cross_entropy_with_the_answers()
    {
        using var model = Model();
        using var scope = NewDisposeScope();
        var batch = Batch();
        var logits = model.Forward(batch.Inputs, Plans[1]);
        var expected = -(batch.Targets * logits.log_softmax(1)).sum(1).mean();
        Assert.Equal(expected.item<float>(), model.Loss(batch, Plans[1]).item<float>(), 1e-5f);
    }

    [Fact]
    public void A_new_model_knows_nothing_about_the_classes()
    {
        using var model = MatVit.Create(VisionShapes.Small, 1);
        using var scope = NewDisposeScope();
        Assert.Equal(Math.Log(10), model.Loss(Batch(), Plans[0]).item<float>(), 1e-5);
    }

    [Fact]
    public void The_seed_decides_the_weights()
    {
        using var one = Model(seed: 5);
        using var same = Model(seed: 5);
        using var other = Model(seed: 6);
        using var scope = NewDisposeScope();
        Assert.True(one.Forward(Images, Plans[0]).equal(same.Forward(Images, Plans[0])).all().item<bool>());
        Assert.False(one.Forward(Images, Plans[0]).equal(other.Forward(Images, Plans[0])).all().item<bool>());
    }

    [Fact]
    public void Images_of_another_size_and_foreign_plans_are_refused()
    {
        using var model = Model();
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => model.Forward(zeros(1, 1, 12, 16), Plans[0]));
        Assert.Throws<ArgumentException>(() => model.Forward(zeros(1, 3, 16, 16), Plans[0]));
        Assert.Throws<NestorException>(() => model.Forward(Images, WidthPlan.Uniform(65, 3)));
    }

    private static WidthPlan[] Plans { get; } = [WidthPlan.Uniform(64, 3), WidthPlan.Uniform(16, 3), WidthPlan.Uniform(8, 3), new(8, 16, 64), new(64, 1, 33)];

    private static Tensor Images { get; } = randn([5, 1, 16, 16], generator: new Generator(9, CPU)).DetachFromDisposeScope();

    private static TrainingBatch Batch() => new(Images, rand(5, 10).softmax(1));

    /// <summary>A model whose weights are large enough that every part of the network matters.</summary>
    private static MatVit Model(VisionConfig? config = null, ulong seed = 1)
    {
        var model = MatVit.Create(config ?? VisionShapes.Small, seed);
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        using var random = new Generator(seed, CPU);
        foreach (var parameter in model.Parameters)
            parameter.Weight.add_(randn(parameter.Weight.shape, generator: random), alpha: 0.1);
        return model;
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.True(allclose(expected, actual, rtol: 1e-4, atol: 1e-4), $"differs by {(expected - actual).abs().max().item<float>()}");
}
