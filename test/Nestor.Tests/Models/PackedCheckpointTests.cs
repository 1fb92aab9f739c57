using CsCheck;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Inference.Weights;
using Nestor.Models;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models;

public sealed unsafe class PackedCheckpointTests
{
    private static readonly Gen<WeightType> Types = Gen.Enum<WeightType>();

    [Fact]
    public void A_packed_folder_holds_what_packing_at_load_gives_byte_for_byte() =>
        Gen.Select(Gen.Enum<FeedForwardKind>(), Gen.Bool, Gen.Int[1, 140].Array[1, 3], Gen.OneOf(TensorType.F32, TensorType.BF16, TensorType.F64), Types).Sample((kind, tied, widths, stored, type) =>
        {
            using var folder = new TemporaryFolder();
            RandomModel.Write(folder.File("source"), Config(kind, tied, widths), stored);
            using var source = Checkpoint.Open(folder.File("source"));
            source.Pack(type).Save(folder.File("packed"), threads: 2);
            using var packed = Checkpoint.Open(folder.File("packed"));
            Assert.Equal(WeightPacking.Of(type), packed.Packing);
            AssertSame(DecoderWeights.Load(source, type, threads: 1), DecoderWeights.Load(packed, type: null, threads: 1));
        }, iter: 30, threads: 1);

    /// <summary>Blocks of 32 along the neurons and panels of 64 neurons divide the width: nothing is quantised anew.</summary>
    [Fact]
    public void A_slice_packed_is_the_prefix_of_the_whole_packed() =>
        Gen.Select(Gen.Enum<FeedForwardKind>(), Gen.Int[1, 4].Array[2], Types).Sample((kind, blocks, type) =>
        {
            using var folder = new TemporaryFolder();
            RandomModel.Write(folder.File("source"), Config(kind, true, 256, 256));
            using var source = Checkpoint.Open(folder.File("source"));
            source.Slice(new WidthPlan([.. blocks.Select(n => 64 * n)])).Save(folder.File("slice"));
            using var slice = Checkpoint.Open(folder.File("slice"));
            slice.Pack(type).Save(folder.File("small"));
            source.Pack(type).Save(folder.File("large"));
            using var small = Checkpoint.Open(folder.File("small"));
            using var large = Checkpoint.Open(folder.File("large"));
            foreach (var name in small.Tensors.Names)
            {
                var prefix = small.Tensors.Get(name).Bytes;
                Assert.True(prefix.SequenceEqual(large.Tensors.Get(name).Bytes[..prefix.Length]), name);
            }

            Assert.Equal(source.Fingerprint, small.Fingerprint);
            Assert.Equal(slice.Origin, small.Origin);
        }, iter: 12, threads: 1);

    /// <summary>Bit for bit, in every type: one packed file serves every width that is a multiple of 32.</summary>
    [Fact]
    public void A_plan_of_the_packed_whole_computes_what_the_packed_slice_does() =>
        Gen.Select(Gen.Int[1, 8].Array[2], Types).Sample((blocks, type) =>
        {
            using var folder = new TemporaryFolder();
            var plan = new WidthPlan([.. blocks.Select(n => 32 * n)]);
            RandomModel.Write(folder.File("source"), Config(FeedForwardKind.SwiGlu, true, 256, 256));
            using var source = Checkpoint.Open(folder.File("source"));
            source.Slice(plan).Save(folder.File("slice"));
            source.Pack(type).Save(folder.File("large"));
            using var slice = Checkpoint.Open(folder.File("slice"));
            using var large = Checkpoint.Open(folder.File("large"));
            var options = new DecoderOptions { Threads = 1, Weights = type };
            int[] tokens = [.. Enumerable.Range(1, 18)];
            Assert.Equal(
                Inference.RandomModel.All(Decoder.Load(slice, options), tokens, plan),
                Inference.RandomModel.All(Decoder.Load(large, options), tokens, plan));
        }, iter: 12, threads: 1);

    [Fact]
    public void A_packed_folder_opens_as_the_same_model()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("source"), RandomModel.Config(), TensorType.BF16);
        File.WriteAllText(folder.File("source/tokenizer.json"), "the tokenizer");
        File.WriteAllText(folder.File("source/notes.txt"), "private");
        using var source = Checkpoint.Open(folder.File("source"));
        source.Pack(WeightType.Q8).Save(folder.File("packed"));
        using var packed = Checkpoint.Open(folder.File("packed"));
        Assert.Equal((source.Config, source.Origin, source.Fingerprint), (packed.Config, packed.Origin, packed.Fingerprint));
        Assert.Null(source.Packing);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json"], Directory.GetFiles(folder.File("packed")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("the tokenizer", File.ReadAllText(folder.File("packed/tokenizer.json")));
    }

    [Fact]
    public void Every_packed_tensor_begins_at_a_cache_line_and_the_norms_come_last()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("source"), RandomModel.Config(tied: false));
        using var source = Checkpoint.Open(folder.File("source"));
        source.Pack(WeightType.Q4).Save(folder.File("packed"));
        using var packed = Checkpoint.Open(folder.File("packed"));
        var types = packed.Tensors.Names.Select(name => packed.Tensors.Get(name).Type).ToArray();
        Assert.Equal(types.OrderBy(type => type == TensorType.F32), types);
        foreach (var tensor in packed.Tensors.Names.Select(packed.Tensors.Get).Where(tensor => tensor.Type == TensorType.U8))
            Assert.Equal(0, (nint)tensor.Pointer % 64);
    }

    [Fact]
    public void A_sharded_source_packs_to_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("source"), RandomModel.Config());
        using (var source = Checkpoint.Open(folder.File("source")))
        {
            source.Pack(WeightType.Q8).Save(folder.File("single"));
            var names = source.Tensors.Names.ToList();
            foreach (var shard in (int[])[0, 1])
                SafetensorsWriter.Write(folder.File($"source/{shard}.safetensors"), [.. names.Where((_, i) => i % 2 == shard).Select(name => TensorSource.Of(source.Tensors.Get(name)))]);
            File.WriteAllText(folder.File("source/model.safetensors.index.json"), "{\"weight_map\":{" + string.Join(",", names.Select((name, i) => $"\"{name}\":\"{i % 2}.safetensors\"")) + "}}");
        }

        File.Delete(folder.File("source/model.safetensors"));
        using var sharded = Checkpoint.Open(folder.File("source"));
        sharded.Pack(WeightType.Q8).Save(folder.File("sharded"));
        Assert.Equal(File.ReadAllBytes(folder.File("single/model.safetensors")), File.ReadAllBytes(folder.File("sharded/model.safetensors")));
    }

    [Fact]
    public void The_announced_size_is_the_written_one()
    {
        using var folder = new TemporaryFolder();
        var config = Config(FeedForwardKind.SwiGlu, tied: true, 256, 128) with { HiddenSize = 64, HeadSize = 16 };
        RandomModel.Write(folder.File("source"), config);
        using var source = Checkpoint.Open(folder.File("source"));
        var packed = source.Pack(WeightType.Q8);
        packed.Save(folder.File("packed"));
        using var written = Checkpoint.Open(folder.File("packed"));
        Assert.Equal(written.Tensors.Names.Sum(name => written.Tensors.Get(name).ByteCount), packed.Bytes);
        Assert.Equal(4 * ParameterCount.Of(config, config.FullWidths).Total, packed.SourceBytes);
        Assert.InRange(packed.BitsPerWeight, 8.5, 12);
    }

    [Fact]
    public void What_needs_plain_tensors_says_that_the_folder_is_packed()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("source"), RandomModel.Config());
        using var source = Checkpoint.Open(folder.File("source"));
        source.Pack(WeightType.Q4).Save(folder.File("packed"));
        using var packed = Checkpoint.Open(folder.File("packed"));
        Errors.AreOneLineWith(() => packed.Slice(WidthPlan.Uniform(4, 3)), folder.File("packed"), "packed as Q4 with a Q8 embedding", "the folder it was packed from");
        Errors.AreOneLineWith(() => packed.Pack(WeightType.Q8), folder.File("packed"), "packed as Q4", "the folder it was packed from");
        Errors.AreOneLineWith(() => Decoder.Load(packed, new DecoderOptions { Weights = WeightType.Q8 }), folder.File("packed"), "packed as Q4", "Q8");
        Assert.Equal(WeightType.Q4, Decoder.Load(packed, new DecoderOptions { Weights = WeightType.Q4, Threads = 1 }).Weights);
    }

    [Fact]
    public void Packing_never_replaces_a_model()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder.File("source"), RandomModel.Config());
        using var source = Checkpoint.Open(folder.File("source"));
        var packed = source.Pack(WeightType.Q8);
        Errors.AreOneLineWith(() => packed.Save(folder.File("source")), folder.File("source"), "holds a model already");
        Errors.AreOneLineWith(() => packed.Save(""), "cannot name");
        Assert.Throws<ArgumentOutOfRangeException>(() => packed.Save(folder.File("none"), threads: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Pack((WeightType)99));
    }

    [Fact]
    public void Packing_that_fails_or_is_stopped_leaves_no_model()
    {
        using var folder = new TemporaryFolder();
        var config = RandomModel.Config();
        Checkpoint.Write(folder.File("source"), config, [.. RandomModel.Tensors(config).Select(tensor =>
            tensor.Name == TensorNames.Up(2) ? TensorSource.Of(tensor.Name, Enumerable.Repeat(float.NaN, 16 * 12).ToArray(), 16, 12) : tensor)]);
        using var source = Checkpoint.Open(folder.File("source"));
        Errors.AreOneLineWith(() => source.Pack(WeightType.Q8).Save(folder.File("failed")), TensorNames.Up(2), "NaN");
        Assert.Throws<OperationCanceledException>(() => source.Pack(WeightType.F32).Save(folder.File("stopped"), cancellation: new CancellationToken(canceled: true)));
        Assert.Empty(Directory.GetFiles(folder.File("failed")));
        Assert.Empty(Directory.GetFiles(folder.File("stopped")));
    }

    private static ModelConfig Config(FeedForwardKind kind, bool tied, params ReadOnlySpan<int> widths) =>
        RandomModel.Config(kind, tied, widths) with { HiddenSize = 100, VocabularySize = 70 };

    private static void AssertSame(DecoderWeights expected, DecoderWeights actual)
    {
        Same(expected.Embedding, actual.Embedding);
        Same(expected.Head, actual.Head);
        foreach (var (one, other) in expected.Layers.Zip(actual.Layers))
        {
            Same(one.Query, other.Query);
            Same(one.Key, other.Key);
            Same(one.Value, other.Value);
            Same(one.Output, other.Output);
            Same(one.Up, other.Up);
            Same(one.Down, other.Down);
            Assert.Equal(one.Gate is null, other.Gate is null);
            if (one.Gate is not null)
                Same(one.Gate, other.Gate!);
        }

        GC.KeepAlive(expected);
        GC.KeepAlive(actual);

        static void Same(PackedMatrix one, PackedMatrix other)
        {
            Assert.Equal((one.Type, one.Rows, one.Columns, one.Order), (other.Type, other.Rows, other.Columns, other.Order));
            Assert.True(new ReadOnlySpan<byte>(one.TileAt(0, 0), (int)one.ByteCount).SequenceEqual(new ReadOnlySpan<byte>(other.TileAt(0, 0), (int)other.ByteCount)));
        }
    }
}
