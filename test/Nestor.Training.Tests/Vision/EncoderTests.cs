using Nestor.Inference.Vision;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Tests.Data;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Vision;

/// <summary>What is trained here and what runs without native code meet in the model folder.</summary>
public sealed class EncoderTests
{
    private const float Error = 1e-4f;

    [Theory]
    [InlineData("XL", VisionPooling.ClassToken)]
    [InlineData("S", VisionPooling.ClassToken)]
    [InlineData("M", VisionPooling.Mean)]
    [InlineData("100,256,7,64", VisionPooling.Mean)]
    public void The_encoder_gives_the_embeddings_and_scores_of_the_trained_model(string planText, VisionPooling pooling)
    {
        using var folder = new TemporaryFolder();
        var config = VisionPresets.Get("vit-nano") with { Channels = 3, Mean = [0.4f, 0.5f, 0.6f], StandardDeviation = [0.2f, 0.3f, 0.4f], Pooling = pooling };
        using var scope = NewDisposeScope();
        using var model = MatVit.Create(config, seed: 5);
        using var random = new Generator(6, CPU);
        using (no_grad())
        {
            // As after training: biases and the classifier are no zeros, matrices make activations of order 1.
            foreach (var parameter in model.Parameters)
                parameter.Weight.add_(randn(parameter.Weight.shape, generator: random).mul_(0.1));
        }

        model.Save(folder.Path("model"));
        var plan = WidthPlanText.Parse(planText, config);
        var images = randn([5, config.Channels, config.ImageSize, config.ImageSize], generator: random);
        using var checkpoint = VisionCheckpoint.Open(folder.Path("model"));
        var encoder = VisionEncoder.Load(checkpoint);
        var pixels = images.data<float>().ToArray();
        using (no_grad())
        {
            AssertNear(model.Embed(images, plan), encoder.Embed(pixels, plan));
            AssertNear(model.Forward(images, plan), encoder.Logits(pixels, plan));
        }
    }

    private static void AssertNear(Tensor expected, float[] found)
    {
        var values = expected.data<float>().ToArray();
        Assert.Equal(values.Length, found.Length);
        Assert.All(values.Zip(found), pair => Assert.Equal(pair.First, pair.Second, Error));
    }
}
