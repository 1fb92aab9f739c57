using Microsoft.ML.OnnxRuntime;
using Nestor.Formats;
using Nestor.Formats.Onnx;
using Nestor.Inference;
using Nestor.Inference.Vision;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Tests.Inference.Vision;

namespace Nestor.Tests.Formats.Onnx;

/// <summary>ONNX Runtime computes from our file what our encoder computes.</summary>
public sealed class OnnxEncoderTests : IDisposable
{
    private const float Error = 1e-4f;

    private readonly TemporaryFolder folder = new();

    private string File => folder.File("model.onnx");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("XL", VisionPooling.ClassToken, false)]
    [InlineData("S", VisionPooling.Mean, false)]
    [InlineData("3,88,50", VisionPooling.ClassToken, true)]
    [InlineData("88,7,44", VisionPooling.Mean, true)]
    public void Scores_and_embeddings_are_the_encoders(string planText, VisionPooling pooling, bool external)
    {
        foreach (var config in (VisionConfig[])[RandomVision.Small, RandomVision.Fine])
        {
            using var model = new RandomVision(config with { Pooling = pooling });
            var (plan, images) = (WidthPlanText.Parse(planText, config), RandomVision.Images(config, 3));
            OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Plan = plan, ExternalData = external, Overwrite = true });
            var encoder = VisionEncoder.Load(model.Checkpoint);
            var (embeddings, logits) = Run(images, config);
            AssertNear(encoder.Embed(images, plan), embeddings);
            AssertNear(encoder.Logits(images, plan), logits);
        }
    }

    [Fact]
    public void A_slice_of_half_precision_becomes_the_same_32_bit_floats()
    {
        using var model = new RandomVision(RandomVision.Small, type: TensorType.BF16);
        var (plan, images) = (WidthPlanText.Parse("M", model.Config), RandomVision.Images(model.Config, 2));
        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Plan = plan });
        AssertNear(VisionEncoder.Load(model.Checkpoint, new DecoderOptions { Weights = WeightType.F32 }).Embed(images, plan), Run(images, model.Config).Embeddings);
    }

    [Fact]
    public void What_cannot_be_exported_is_refused_and_nothing_is_written()
    {
        using var model = new RandomVision(RandomVision.Small);
        Errors.AreOneLineWith(() => OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Cache = true }), "pictures", "cache");
        Errors.AreOneLineWith(() => OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Plan = WidthPlan.Uniform(89, 3) }), "89");
        Assert.Empty(Directory.GetFiles(folder.Path));
        OnnxExport.Write(model.Checkpoint, File);
        Errors.AreOneLineWith(() => OnnxExport.Write(model.Checkpoint, File), File, "already");
    }

    private (float[] Embeddings, float[] Logits) Run(float[] images, VisionConfig config)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(File, options);
        Assert.Equal(["batch_size", "", "", ""], session.InputMetadata["pixel_values"].SymbolicDimensions);
        using var pixels = OrtValue.CreateTensorValueFromMemory(images, [images.Length / config.ImageLength, config.Channels, config.ImageSize, config.ImageSize]);
        using var run = new RunOptions();
        using var results = session.Run(run, new Dictionary<string, OrtValue> { ["pixel_values"] = pixels }, ["embeddings", "logits"]);
        return (results[0].GetTensorDataAsSpan<float>().ToArray(), results[1].GetTensorDataAsSpan<float>().ToArray());
    }

    private static void AssertNear(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, Error));
    }
}
