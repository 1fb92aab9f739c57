using Microsoft.Extensions.AI;
using Nestor.Images;
using Nestor.Inference.Vision;
using Nestor.Models;
using Nestor.Retrieval.Embeddings;
using Nestor.Tests.Formats;
using Nestor.Tests.Images;
using Nestor.Tests.Inference.Vision;

namespace Nestor.Tests.Retrieval;

public sealed class ImageEmbeddingTests : IDisposable
{
    private const int Size = 15;

    private readonly RandomVision model = new(RandomVision.Small with { Channels = 3, Mean = [0.4f, 0.5f, 0.6f], StandardDeviation = [0.25f, 0.5f, 0.5f] });
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_picture_file_is_embedded_as_its_normalised_pixels_at_any_width()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var pictures = Enumerable.Range(0, 70).Select(Picture).ToList();
        using var generator = ImageEmbeddingGenerator.Open(model.Checkpoint.Folder);
        Assert.Equal(new ImageShape(3, Size, Size), generator.Shape);
        var encoder = VisionEncoder.Load(model.Checkpoint);
        foreach (var width in new[] { "100%", "S" })
        {
            var answers = await generator.GenerateAsync(
                pictures.Select(samples => new DataContent(TinyPictures.Png(Size, Size, 3, samples), "image/png")),
                new EmbeddingGenerationOptions { AdditionalProperties = new() { ["width"] = width } }, cancellation);
            for (var i = 0; i < pictures.Count; i++)
                Assert.Equal(encoder.Embed(Normalised(pictures[i]), WidthPlanText.Parse(width, model.Config)), answers[i].Vector.ToArray());
        }
    }

    [Fact]
    public void A_folder_is_embedded_as_its_files_are()
    {
        Directory.CreateDirectory(folder.File("cat"));
        for (var i = 0; i < 3; i++)
            File.WriteAllBytes(folder.File($"cat/{i}.png"), TinyPictures.Png(Size, Size, 3, Picture(i)));
        using var generator = new ImageEmbeddingGenerator(model.Checkpoint);
        var images = ImageSet.Open(folder.Path, ImageSplit.Train, generator.Shape.Height, generator.Shape.Channels);
        var files = generator.Embed([.. new[] { 2, 0 }.Select(i => new DataContent(File.ReadAllBytes(folder.File($"cat/{i}.png")), "image/png"))], model.Config.FullWidths);
        Assert.Equal(files, generator.Embed(images, [2, 0], model.Config.FullWidths));
    }

    [Fact]
    public void A_slice_searches_what_the_whole_model_has_indexed()
    {
        var plan = WidthPlanText.Parse("S", model.Config);
        model.Checkpoint.Slice(plan).Save(folder.File("slice"));
        using var whole = new ImageEmbeddingGenerator(model.Checkpoint);
        using var slice = ImageEmbeddingGenerator.Open(folder.File("slice"));
        Assert.Equal(whole.Space, slice.Space);
        DataContent[] picture = [new(TinyPictures.Png(Size, Size, 3, Picture(1)), "image/png")];
        Assert.Equal(whole.Embed(picture, plan), slice.Embed(picture, plan));
    }

    [Fact]
    public void Broken_pictures_and_images_of_another_size_are_told()
    {
        using var generator = new ImageEmbeddingGenerator(model.Checkpoint);
        DataContent[] pictures = [new(TinyPictures.Png(Size, Size, 3, Picture(1)), "image/png"), new(new byte[100], "image/png")];
        Errors.AreOneLineWith(() => generator.Embed(pictures, model.Config.FullWidths), "picture 2", "neither a JPEG nor a PNG");
        var shapes = ShapeImages.Draw(ImageSplit.Test, count: 2);
        Errors.AreOneLineWith(() => generator.Embed(shapes, [0], model.Config.FullWidths), "3x32x32", "3x15x15");
    }

    private static byte[] Picture(int seed)
    {
        var samples = new byte[3 * Size * Size];                          // (height, width, channels)
        new Random(seed).NextBytes(samples);
        return samples;
    }

    // Planes out of interleaved channels, as inputs.
    private float[] Normalised(byte[] samples)
    {
        byte[] planes = [.. Enumerable.Range(0, 3).SelectMany(channel => samples.Where((_, i) => i % 3 == channel))];
        var values = new float[planes.Length];
        model.Config.Normalize(planes, values);
        return values;
    }
}
