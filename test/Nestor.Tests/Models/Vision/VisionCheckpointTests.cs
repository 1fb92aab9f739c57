using CsCheck;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Tests.Formats;
using Nestor.Tests.Inference.Vision;

namespace Nestor.Tests.Models.Vision;

public sealed class VisionCheckpointTests
{
    private static readonly Gen<(int[] Middle, int[] Small)> Nested =
        Gen.Select(Gen.Int[1, 88], Gen.Double[0, 1]).Array[3].Select(pairs => (pairs.Select(p => p.Item1).ToArray(), pairs.Select(p => Math.Max(1, (int)(p.Item1 * p.Item2))).ToArray()));

    [Fact]
    public void A_slice_of_a_slice_is_the_smaller_slice() =>
        Gen.Select(Nested, Gen.OneOf(TensorType.F32, TensorType.BF16), Gen.Enum<VisionPooling>()).Sample((widths, type, pooling) =>
        {
            using var folder = new TemporaryFolder();
            using var full = new RandomVision(RandomVision.Small with { Pooling = pooling }, type: type);
            full.Checkpoint.Slice(new WidthPlan(widths.Middle)).Save(folder.File("middle"));
            using var middle = VisionCheckpoint.Open(folder.File("middle"));
            middle.Slice(new WidthPlan(widths.Small)).Save(folder.File("stepwise"));
            full.Checkpoint.Slice(new WidthPlan(widths.Small)).Save(folder.File("direct"));
            foreach (var file in (string[])["config.json", "preprocessor_config.json", "model.safetensors"])
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder.File("direct"), file)), File.ReadAllBytes(Path.Combine(folder.File("stepwise"), file)));
        }, iter: 20);

    [Fact]
    public void A_slice_is_the_first_neurons_and_everything_else()
    {
        using var folder = new TemporaryFolder();
        using var full = new RandomVision(RandomVision.Small);
        full.Checkpoint.Slice(new WidthPlan(5, 88, 33)).Save(folder.File("small"));
        using var small = VisionCheckpoint.Open(folder.File("small"));
        foreach (var (name, shape) in VisionTensorNames.All(small.Config))
        {
            var (from, to) = (Values(full.Checkpoint, name), Values(small, name));
            var columns = shape.Length == 2 ? (int)shape[1] : to.Length;
            var stored = shape.Length == 2 ? (int)full.Checkpoint.Tensors.Get(name).Shape[1] : from.Length;
            Assert.Equal(from.Chunk(stored).Take(to.Length / columns).SelectMany(row => row[..columns]), to);
        }

        Assert.Equal(new SliceOrigin(full.Config.FullWidths, full.Checkpoint.Fingerprint), small.Origin);
        Assert.Equal(full.Checkpoint.Fingerprint, small.Fingerprint);
        Assert.Empty(small.Config.Granularities);
    }

    [Fact]
    public void Models_of_different_weights_have_different_fingerprints()
    {
        using var one = new RandomVision(RandomVision.Small, seed: 1);
        using var two = new RandomVision(RandomVision.Small, seed: 2);
        Assert.NotEqual(one.Checkpoint.Fingerprint, two.Checkpoint.Fingerprint);
    }

    [Fact]
    public void Folders_of_the_other_kind_are_refused_in_one_line()
    {
        using var vision = new RandomVision(RandomVision.Small);
        using var language = new Nestor.Tests.Inference.RandomModel(Nestor.Tests.Inference.RandomModel.Small);
        Assert.True(VisionCheckpoint.IsIn(vision.Checkpoint.Folder));
        Assert.False(VisionCheckpoint.IsIn(language.Checkpoint.Folder));
        Errors.AreOneLineWith(() => Checkpoint.Open(vision.Checkpoint.Folder), vision.Checkpoint.Folder, "\"vit\"", "language model", "pictures");
        Errors.AreOneLineWith(() => VisionCheckpoint.Open(language.Checkpoint.Folder), language.Checkpoint.Folder, "\"llama\"", "vision transformer");
    }

    [Fact]
    public void Plans_and_folders_that_do_not_fit_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var full = new RandomVision(RandomVision.Small);
        Errors.AreOneLineWith(() => full.Checkpoint.Slice(new WidthPlan(88, 89, 1)), "89", "layer 1");
        Errors.AreOneLineWith(() => full.Checkpoint.Slice(WidthPlanText.Parse("S", full.Config)).Save(full.Checkpoint.Folder), "holds a model already");
        full.Checkpoint.Slice(WidthPlanText.Parse("M", full.Config)).Save(folder.File("m"));
        using var slice = VisionCheckpoint.Open(folder.File("m"));
        Errors.AreOneLineWith(() => slice.Slice(WidthPlanText.Parse("44", full.Config)), "itself a slice", "universal model");
        Errors.AreOneLineWith(() => VisionCheckpoint.Open(folder.File("nothing")), "no model folder");
        Errors.AreOneLineWith(() => VisionCheckpoint.Open(folder.Path), "config.json");
    }

    [Fact]
    public void A_folder_with_another_tensor_or_shape_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var full = new RandomVision(RandomVision.Small);
        full.Checkpoint.Slice(WidthPlanText.Parse("M", full.Config)).Save(folder.File("m"));
        var config = folder.File("m/config.json");
        var text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"intermediate_size\": 22,", "\"intermediate_size\": 23,", StringComparison.Ordinal));
        Errors.AreOneLineWith(() => VisionCheckpoint.Open(folder.File("m")), VisionTensorNames.Up(0), "[22, 40]", "[23, 40]");
        File.WriteAllText(config, text.Replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2", StringComparison.Ordinal));
        Errors.AreOneLineWith(() => VisionCheckpoint.Open(folder.File("m")), "vit.encoder.layer.2", "does not have");
        File.WriteAllText(config, text.Replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4", StringComparison.Ordinal));
        Errors.AreOneLineWith(() => VisionCheckpoint.Open(folder.File("m")), "no tensor 'vit.encoder.layer.3");
    }

    private static float[] Values(VisionCheckpoint checkpoint, string name)
    {
        var tensor = checkpoint.Tensors.Get(name);
        var values = new float[tensor.Count];
        tensor.CopyTo(values);
        return values;
    }
}
