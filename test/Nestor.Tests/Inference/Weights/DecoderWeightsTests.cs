using CsCheck;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;
using Nestor.Models;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Inference.Weights;

/// <summary>Weights in tiles are the model's weights.</summary>
public sealed unsafe class DecoderWeightsTests
{
    private static readonly Gen<TensorType> Stored = Gen.OneOf(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.F64);

    /// <summary>Sizes on both sides of whole panels and tiles.</summary>
    private static readonly Gen<ModelConfig> Configs =
        from kind in Gen.Enum<FeedForwardKind>()
        from tied in Gen.Bool
        from hidden in Gen.Int[1, 140]
        from vocabulary in Gen.Int[1, 140]
        from widths in Gen.Int[1, 140].Array[1, 2]
        from headSize in Gen.Int[1, 20]
        select RandomModel.Small with
        {
            FeedForward = kind,
            TieEmbeddings = tied,
            HiddenSize = hidden,
            VocabularySize = vocabulary,
            FullWidths = new WidthPlan(widths),
            HeadSize = 2 * headSize,
            Granularities = [],
        };

    [Fact]
    public void Every_matrix_is_its_source_rounded_by_the_type() =>
        Gen.Select(Configs, Stored, Gen.Enum<WeightType>(), Gen.Int[1, 3]).Sample((config, stored, type, threads) =>
        {
            using var model = new RandomModel(config, type: stored);
            var weights = DecoderWeights.Load(model.Checkpoint, type, threads);
            foreach (var (name, matrix) in Matrices(weights, config))
                AssertHolds(matrix, Floats(model.Checkpoint, name));
            GC.KeepAlive(weights);
        }, iter: 60, threads: 1);

    [Fact]
    public void Norms_are_exact_aligned_and_followed_by_zeros() =>
        Gen.Select(Configs, Stored).Sample((config, stored) =>
        {
            using var model = new RandomModel(config, type: stored);
            var weights = DecoderWeights.Load(model.Checkpoint, WeightType.Q8, threads: 1);
            var layer = weights.Layers[^1];
            foreach (var (address, name) in new[]
            {
                ((nint)weights.Norm, TensorNames.FinalNorm),
                ((nint)layer.AttentionNorm, TensorNames.AttentionNorm(config.Layers - 1)),
                ((nint)layer.FeedForwardNorm, TensorNames.FeedForwardNorm(config.Layers - 1)),
            })
            {
                Assert.Equal(0, address % 64);
                var padded = (config.HiddenSize + 15) / 16 * 16;
                Assert.Equal([.. Floats(model.Checkpoint, name), .. new float[padded - config.HiddenSize]], new ReadOnlySpan<float>((float*)address, padded));
            }

            GC.KeepAlive(weights);
        }, iter: 20, threads: 1);

    [Fact]
    public void A_tied_head_is_the_embedding_and_an_untied_one_is_not()
    {
        foreach (var tied in (bool[])[true, false])
        {
            using var model = new RandomModel(RandomModel.Small with { TieEmbeddings = tied });
            var weights = DecoderWeights.Load(model.Checkpoint, type: null, threads: 1);
            Assert.Equal(tied, ReferenceEquals(weights.Head, weights.Embedding));
        }
    }

    [Theory]
    [InlineData(TensorType.F32, WeightType.F32)]
    [InlineData(TensorType.F64, WeightType.F32)]
    [InlineData(TensorType.BF16, WeightType.BF16)]
    [InlineData(TensorType.F16, WeightType.F16)]
    public void Without_a_type_the_stored_one_stays(TensorType stored, WeightType expected)
    {
        using var model = new RandomModel(RandomModel.Small, type: stored);
        Assert.Equal(new WeightPacking(expected, expected), DecoderWeights.Load(model.Checkpoint, type: null, threads: 1).Packing);
    }

    [Fact]
    public void A_folder_of_several_types_loses_nothing()
    {
        using var folder = new TemporaryFolder();
        var config = Formats.RandomModel.Config();
        var (brain, half) = (Formats.RandomModel.Tensors(config, TensorType.BF16), Formats.RandomModel.Tensors(config, TensorType.F16));
        Checkpoint.Write(folder.Path, config, [half[0], .. brain.Skip(1)]);
        using var checkpoint = Checkpoint.Open(folder.Path);
        var weights = DecoderWeights.Load(checkpoint, type: null, threads: 1);
        Assert.Equal(WeightType.F32, weights.Packing.Type);
        foreach (var (name, matrix) in Matrices(weights, config))
            Assert.Equal(Floats(checkpoint, name), Rows(matrix));
        GC.KeepAlive(weights);
    }

    [Fact]
    public void Four_bits_keep_the_embedding_and_the_head_in_eight()
    {
        using var model = new RandomModel(RandomModel.Small with { TieEmbeddings = false });
        var weights = DecoderWeights.Load(model.Checkpoint, WeightType.Q4, threads: 1);
        Assert.Equal((WeightType.Q8, WeightType.Q8, WeightType.Q4), (weights.Embedding.Type, weights.Head.Type, weights.Layers[0].Down.Type));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_weight_that_is_not_finite_is_named_where_it_cannot_be_held(float value)
    {
        using var folder = new TemporaryFolder();
        WriteWith(folder, value);
        using var checkpoint = Checkpoint.Open(folder.Path);
        foreach (var type in (WeightType[])[WeightType.Q8, WeightType.Q4])
            Errors.AreOneLineWith(() => DecoderWeights.Load(checkpoint, type, threads: 2), TensorNames.Down(1), type.ToString(), "finite");
        foreach (var type in (WeightType[])[WeightType.F32, WeightType.BF16, WeightType.F16])
        {
            var weights = DecoderWeights.Load(checkpoint, type, threads: 2);
            Assert.Equal(value, Rows(weights.Layers[1].Down)[7]);
            GC.KeepAlive(weights);
        }
    }

    [Fact]
    public void A_weight_too_large_for_the_type_is_named()
    {
        using var folder = new TemporaryFolder();
        WriteWith(folder, 1e6f);
        using var checkpoint = Checkpoint.Open(folder.Path);
        Errors.AreOneLineWith(() => DecoderWeights.Load(checkpoint, WeightType.F16, threads: 1), TensorNames.Down(1), "F16", "1E+06");
        DecoderWeights.Load(checkpoint, WeightType.BF16, threads: 1);
    }

    [Fact]
    public void Memory_that_the_system_does_not_have_is_told_with_its_size() =>
        Errors.AreOneLineWith(() => _ = new AlignedMemory(1L << 60, "The model 'm' as F32"), "The model 'm' as F32", "1,099,511,627,776 MiB");

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData((2 << 20) - 1)]
    [InlineData(5 << 20)]
    public void Memory_begins_at_a_cache_line_and_can_be_written(int bytes)
    {
        var memory = new AlignedMemory(bytes, "A test");
        Assert.Equal(0, (nint)memory.Start % 64);
        new Span<byte>(memory.Start, bytes).Fill(1);
        GC.KeepAlive(memory);
    }

    /// <summary>Copies do not need the file; tiles in a mapped file end with it.</summary>
    [Fact]
    public void A_decoder_outlives_its_checkpoint_unless_it_reads_the_mapped_file()
    {
        using var folder = new TemporaryFolder();
        var model = new RandomModel(RandomModel.Small);
        model.Checkpoint.Pack(WeightType.F32).Save(folder.File("packed"));
        var copied = Decoder.Load(model.Checkpoint);
        var packed = Checkpoint.Open(folder.File("packed"));
        var mapped = Decoder.Load(packed);
        var (tokens, plan) = (RandomModel.Tokens(9), model.Config.FullWidths);
        var expected = RandomModel.All(copied, tokens, plan);
        Assert.Equal(expected, RandomModel.All(mapped, tokens, plan));
        model.Dispose();
        packed.Dispose();
        Assert.Equal(expected, RandomModel.All(copied, tokens, plan));
        Assert.Throws<ObjectDisposedException>(() => RandomModel.All(mapped, tokens, plan));
        Assert.Throws<ObjectDisposedException>(() => Decoder.Load(packed));
    }

    private static void WriteWith(TemporaryFolder folder, float value)
    {
        var config = Formats.RandomModel.Config();
        Checkpoint.Write(folder.Path, config, [.. Formats.RandomModel.Tensors(config).Select(tensor =>
        {
            var values = new float[tensor.Shape.Aggregate(1L, (a, b) => a * b)];
            if (tensor.Name == TensorNames.Down(1))
                values[7] = value;
            return TensorSource.Of(tensor.Name, values, [.. tensor.Shape]);
        })]);
    }

    private static IEnumerable<(string Name, PackedMatrix Matrix)> Matrices(DecoderWeights weights, ModelConfig config)
    {
        yield return (TensorNames.Embedding, weights.Embedding);
        for (var i = 0; i < config.Layers; i++)
        {
            var layer = weights.Layers[i];
            yield return (TensorNames.Query(i), layer.Query);
            yield return (TensorNames.Key(i), layer.Key);
            yield return (TensorNames.Value(i), layer.Value);
            yield return (TensorNames.Output(i), layer.Output);
            if (config.FeedForward == FeedForwardKind.SwiGlu)
                yield return (TensorNames.Gate(i), layer.Gate!);
            else
                Assert.Null(layer.Gate);
            yield return (TensorNames.Up(i), layer.Up);
            yield return (TensorNames.Down(i), layer.Down);
            Assert.Equal(TileOrder.ColumnsFirst, layer.Down.Order);
        }

        if (!config.TieEmbeddings)
            yield return (TensorNames.Head, weights.Head);
    }

    /// <summary>Rows read one by one, and tiles unpacked whole, are the source rounded a block of 32 at a time; the rest of the tiles is zero.</summary>
    private static void AssertHolds(PackedMatrix matrix, float[] source)
    {
        var format = TileFormat.Of(matrix.Type);
        var block = stackalloc float[Tile.Rows * Tile.Columns];
        var tile = stackalloc byte[Tile.Bytes(matrix.Type)];
        var rows = Rows(matrix);
        for (var panel = 0; panel < matrix.Panels; panel++)
        {
            for (var t = 0; t < matrix.Tiles; t++)
            {
                Assert.Equal(0, (nint)matrix.TileAt(panel, t) % 64);
                for (var i = 0; i < Tile.Rows * Tile.Columns; i++)
                {
                    var (row, column) = (panel * Tile.Rows + i / Tile.Columns, t * Tile.Columns + i % Tile.Columns);
                    block[i] = row < matrix.Rows && column < matrix.Columns ? source[row * matrix.Columns + column] : 0;
                }

                format.Pack(block, tile);
                Assert.Equal(new ReadOnlySpan<byte>(tile, Tile.Bytes(matrix.Type)), new ReadOnlySpan<byte>(matrix.TileAt(panel, t), Tile.Bytes(matrix.Type)));
                format.Unpack(tile, block);
                for (var i = 0; i < Tile.Rows * Tile.Columns; i++)
                {
                    var (row, column) = (panel * Tile.Rows + i / Tile.Columns, t * Tile.Columns + i % Tile.Columns);
                    Assert.Equal(row < matrix.Rows && column < matrix.Columns ? rows[row * matrix.Columns + column] : 0, block[i]);
                }
            }
        }
    }

    private static float[] Rows(PackedMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        fixed (float* first = values)
        {
            for (var row = 0; row < matrix.Rows; row++)
                matrix.ReadRow(row, first + row * matrix.Columns);
        }

        return values;
    }

    private static float[] Floats(Checkpoint checkpoint, string name)
    {
        var tensor = checkpoint.Tensors.Get(name);
        var values = new float[tensor.Count];
        tensor.CopyTo(values);
        return values;
    }
}
