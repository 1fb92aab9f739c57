using CsCheck;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models;

public sealed class CheckpointSliceTests
{
    private static readonly Gen<FeedForwardKind> Kinds = Gen.Enum<FeedForwardKind>();

    private static readonly Gen<TensorType> Types = Gen.OneOf(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.F64);

    /// <summary>Full widths, a plan within them, and a plan within that.</summary>
    private static readonly Gen<(int[] Full, int[] Middle, int[] Small)> Nested =
        from full in Gen.Int[1, 20].Array[1, 4]
        from shares in Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Array[full.Length]
        let middle = full.Zip(shares, (width, share) => Share(width, share.Item1)).ToArray()
        select (full, middle, middle.Zip(shares, (width, share) => Share(width, share.Item2)).ToArray());

    [Fact]
    public void A_slice_of_a_slice_is_the_smaller_slice() =>
        Gen.Select(Nested, Kinds, Types, Gen.Bool).Sample((widths, kind, type, tied) =>
        {
            using var folder = new TemporaryFolder();
            RandomModel.Write(folder.File("full"), RandomModel.Config(kind, tied, widths.Full), type);
            Slice(folder.File("full"), folder.File("middle"), widths.Middle);
            Slice(folder.File("middle"), folder.File("stepwise"), widths.Small);
            Slice(folder.File("full"), folder.File("direct"), widths.Small);
            foreach (var file in (string[])["config.json", "model.safetensors"])
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder.File("direct"), file)), File.ReadAllBytes(Path.Combine(folder.File("stepwise"), file)));
        }, iter: 40);

    [Fact]
    public void A_slice_is_the_first_rows_and_columns_of_every_feed_forward_matrix() =>
        Gen.Select(Nested, Kinds, Types).Sample((widths, kind, type) =>
        {
            using var folder = new TemporaryFolder();
            RandomModel.Write(folder.File("full"), RandomModel.Config(kind, tied: false, widths.Full), type);
            Slice(folder.File("full"), folder.File("small"), widths.Small);
            using var full = Checkpoint.Open(folder.File("full"));
            using var small = Checkpoint.Open(folder.File("small"));
            Assert.Equal(new WidthPlan(widths.Small), small.Config.FullWidths);
            foreach (var name in full.Tensors.Names)
            {
                var (from, to) = (full.Tensors.Get(name), small.Tensors.Get(name));
                Assert.Equal(type, to.Type);
                var expected = new byte[to.ByteCount];
                var (rows, columns, stride) = to.Shape.Length == 1 ? (1, to.Shape[0], from.Shape[0]) : (to.Shape[0], to.Shape[1], from.Shape[1]);
                for (var row = 0; row < rows; row++)
                    from.Bytes.Slice((int)(row * stride) * type.Size, (int)columns * type.Size).CopyTo(expected.AsSpan((int)(row * columns) * type.Size));
                Assert.Equal(expected, to.Bytes);
            }
        }, iter: 30);

    [Fact]
    public void A_slice_at_full_width_has_identical_tensors()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("full"), RandomModel.Config(), TensorType.BF16);
        Slice(folder.File("full"), folder.File("same"), [16, 16, 16]);
        Assert.Equal(File.ReadAllBytes(folder.File("full/model.safetensors")), File.ReadAllBytes(folder.File("same/model.safetensors")));
    }

    [Fact]
    public void A_slice_remembers_the_universal_model()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("full"), RandomModel.Config());
        Slice(folder.File("full"), folder.File("middle"), [8, 12, 16]);
        Slice(folder.File("middle"), folder.File("small"), [4, 5, 6]);
        using var full = Checkpoint.Open(folder.File("full"));
        using var small = Checkpoint.Open(folder.File("small"));
        Assert.Equal(new SliceOrigin(full.Config.FullWidths, full.Fingerprint), small.Origin);
        Assert.Equal(full.Fingerprint, small.Fingerprint);
    }

    [Fact]
    public void Granularities_stay_where_every_layer_still_holds_them()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("full"), RandomModel.Config());
        using var full = Checkpoint.Open(folder.File("full"));
        Assert.Equal(["S", "M", "L"], full.Slice(new WidthPlan(16, 8, 16)).Config.Granularities.Select(g => g.Name));
        Assert.Equal(["S"], full.Slice(new WidthPlan(16, 3, 3)).Config.Granularities.Select(g => g.Name));
        Assert.Empty(full.Slice(new WidthPlan(1, 1, 1)).Config.Granularities);
    }

    [Fact]
    public void Models_of_different_weights_have_different_fingerprints()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("one"), RandomModel.Config(), seed: 1);
        RandomModel.Write(folder.File("two"), RandomModel.Config(), seed: 2);
        using var one = Checkpoint.Open(folder.File("one"));
        using var two = Checkpoint.Open(folder.File("two"));
        Assert.NotEqual(one.Fingerprint, two.Fingerprint);
    }

    [Fact]
    public void A_slice_cannot_be_wider_than_its_model()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("full"), RandomModel.Config());
        Slice(folder.File("full"), folder.File("small"), [8, 8, 8]);
        using var full = Checkpoint.Open(folder.File("full"));
        using var small = Checkpoint.Open(folder.File("small"));
        Errors.AreOneLineWith(() => full.Slice(new WidthPlan(16, 17, 16)), "17", "layer 1", "16");
        Errors.AreOneLineWith(() => full.Slice(new WidthPlan(16, 16)), "2 layers", "3");
        Errors.AreOneLineWith(() => small.Slice(new WidthPlan(8, 9, 8)), "itself a slice at 8", "universal model (16)");
        Errors.AreOneLineWith(() => small.Slice(new WidthPlan(8, 17, 8)), "17", "layer 1");
    }

    [Fact]
    public void A_slice_never_replaces_a_model()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("full"), RandomModel.Config());
        using var full = Checkpoint.Open(folder.File("full"));
        var slice = full.Slice(WidthPlan.Uniform(4, 3));
        Errors.AreOneLineWith(() => slice.Save(folder.File("full")), folder.File("full"), "holds a model already");
        Errors.AreOneLineWith(() => slice.Save(folder.File("full/../full/")), "holds a model already");
        slice.Save(folder.File("small"));
        Errors.AreOneLineWith(() => slice.Save(folder.File("small")), "holds a model already", "another folder");
        Errors.AreOneLineWith(() => slice.Save(""), "cannot name");
        Errors.AreOneLineWith(() => slice.Save(folder.File("full/config.json")), folder.File("full/config.json"));
    }

    [Fact]
    public void The_text_side_goes_along()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("full"), RandomModel.Config());
        File.WriteAllText(folder.File("full/tokenizer.json"), "the tokenizer");
        File.WriteAllText(folder.File("full/generation_config.json"), "{}");
        File.WriteAllText(folder.File("full/notes.txt"), "private");
        Slice(folder.File("full"), folder.File("small"), [4, 4, 4]);
        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"],
            Directory.GetFiles(folder.File("small")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("the tokenizer", File.ReadAllText(folder.File("small/tokenizer.json")));
    }

    [Fact]
    public void Saving_needs_less_memory_than_the_largest_tensor()
    {
        using var folder = new TemporaryFolder();
        var config = RandomModel.Config() with { VocabularySize = 1000, HiddenSize = 1024, FullWidths = WidthPlan.Uniform(4096, 2), Granularities = [] };
        const long largest = 1024L * 4096 * sizeof(float);
        RandomModel.Write(folder.File("full"), config);
        using var full = Checkpoint.Open(folder.File("full"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        full.Slice(WidthPlan.Uniform(4000, 2)).Save(folder.File("small"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, largest);
    }

    private static int Share(int width, double share) => Math.Max(1, (int)(width * share));

    private static void Slice(string from, string to, int[] widths)
    {
        using var checkpoint = Checkpoint.Open(from);
        checkpoint.Slice(new WidthPlan(widths)).Save(to);
    }
}
