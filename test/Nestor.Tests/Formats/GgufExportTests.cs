using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Tests.Formats;

public sealed class GgufExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Model => folder.File("model");

    private string Gguf => folder.File("model.gguf");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true, 16)]
    [InlineData(false, 16)]
    [InlineData(false, 5)]
    public void Every_tensor_reads_back_at_the_width_asked_for(bool tied, int width)
    {
        RandomModel.Write(Model, RandomModel.Config(tied: tied), TensorType.BF16);
        using var checkpoint = Checkpoint.Open(Model);
        var config = checkpoint.Config with { FullWidths = WidthPlan.Uniform(width, 3), Granularities = [] };
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = config.FullWidths });

        var read = new GgufOracle(Gguf);
        Assert.Equal(TensorNames.All(config).Count(), read.Tensors.Count);
        foreach (var (layer, name) in Enumerable.Range(0, 3).SelectMany(layer => new[] { "attn_norm", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down" }, (layer, name) => (layer, name)))
        {
            var (theirs, rows, columns) = name switch
            {
                "attn_norm" => (TensorNames.AttentionNorm(layer), 1, 12),
                "attn_v" => (TensorNames.Value(layer), 12, 12),
                "attn_output" => (TensorNames.Output(layer), 12, 24),
                "ffn_norm" => (TensorNames.FeedForwardNorm(layer), 1, 12),
                "ffn_gate" => (TensorNames.Gate(layer), width, 12),
                "ffn_up" => (TensorNames.Up(layer), width, 12),
                _ => (TensorNames.Down(layer), 12, width),
            };
            Assert.Equal(Cut(checkpoint, theirs, rows, columns), read.Values($"blk.{layer}.{name}.weight"));
        }

        Assert.Equal(Cut(checkpoint, TensorNames.Embedding, 19, 12), read.Values("token_embd.weight"));
        Assert.Equal(Cut(checkpoint, TensorNames.FinalNorm, 1, 12), read.Values("output_norm.weight"));
        Assert.Equal(!tied, read.Tensors.ContainsKey("output.weight"));
        Assert.Equal([12L, 19L], read.Tensors["token_embd.weight"].Sizes);
        Assert.Equal((uint)width, read.Metadata["llama.feed_forward_length"]);
    }

    /// <summary>Heads of 6: HuggingFace turns elements 0 and 3, 1 and 4, 2 and 5 together, GGUF's Llama 0 and 1, 2 and 3, 4 and 5.</summary>
    [Fact]
    public void Rows_that_turn_together_become_neighbours()
    {
        RandomModel.Write(Model, RandomModel.Config());
        using var checkpoint = Checkpoint.Open(Model);
        GgufExport.Write(checkpoint, Gguf);
        int[] order = [0, 3, 1, 4, 2, 5];
        foreach (var (ours, theirs, heads) in new[] { (TensorNames.Query(1), "blk.1.attn_q.weight", 4), (TensorNames.Key(1), "blk.1.attn_k.weight", 2) })
        {
            var rows = Cut(checkpoint, ours, 6 * heads, 12).Chunk(12).ToArray();
            Assert.Equal(Enumerable.Range(0, heads).SelectMany(head => order.SelectMany(row => rows[6 * head + row])), new GgufOracle(Gguf).Values(theirs));
        }
    }

    [Theory]
    [InlineData(GgufType.F32, 0)]
    [InlineData(GgufType.F16, 1)]
    [InlineData(GgufType.BF16, 30)]
    [InlineData(GgufType.Q8, 8)]
    [InlineData(GgufType.Q4, 2)]
    public void Tensors_lie_one_behind_the_other_each_at_a_multiple_of_32(GgufType type, uint number)
    {
        Blocks();
        using var checkpoint = Checkpoint.Open(Model);
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Type = type });
        var read = new GgufOracle(Gguf);
        long end = 0;
        foreach (var (name, (sizes, found, offset)) in read.Tensors)
        {
            Assert.Equal((end + 31) / 32 * 32, offset);
            end = offset + GgufOracle.ByteCount(sizes, found);
            var embedding = name is "token_embd.weight" or "output.weight";
            Assert.Equal(sizes.Length == 1 ? 0 : embedding && type == GgufType.Q4 ? 8 : number, found);
        }

        Assert.Equal(read.DataStart + (end + 31) / 32 * 32, read.Length);
    }

    [Theory]
    [InlineData(GgufType.Q8, 127, 0.5)]
    [InlineData(GgufType.Q4, 8, 1)]
    public void A_quantised_file_stays_near_the_model(GgufType type, int steps, double error)
    {
        Blocks();
        using var checkpoint = Checkpoint.Open(Model);
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Type = type, EmbeddingType = GgufType.F16 });
        var read = new GgufOracle(Gguf);
        Assert.Equal(1u, read.Tensors["token_embd.weight"].Type);
        var bound = 0.1 * error / steps + 2e-4;
        Assert.All(Cut(checkpoint, TensorNames.Down(1), 32, 64).Zip(read.Values("blk.1.ffn_down.weight")), pair => Assert.Equal(pair.First, pair.Second, bound));
    }

    [Fact]
    public void What_a_file_cannot_hold_is_refused_and_nothing_is_written()
    {
        RandomModel.Write(Model, RandomModel.Config());
        using (var checkpoint = Checkpoint.Open(Model))
        {
            Errors.AreOneLineWith(() => GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = WidthPlan.Uniform(17, 3) }), "17");
            Errors.AreOneLineWith(() => GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Type = GgufType.Q8 }), "embed_tokens", "12", "Q8_0", "32");
        }

        using (var checkpoint = Checkpoint.Open(Model))
            checkpoint.Pack(Nestor.Inference.WeightType.Q8).Save(folder.File("packed"));
        using (var checkpoint = Checkpoint.Open(folder.File("packed")))
            Errors.AreOneLineWith(() => GgufExport.Write(checkpoint, Gguf), "packed", "to export");

        var other = folder.File("gelu");
        RandomModel.Write(other, RandomModel.Config(FeedForwardKind.Gelu));
        using (var checkpoint = Checkpoint.Open(other))
            Errors.AreOneLineWith(() => GgufExport.Write(checkpoint, Gguf), "no architecture", "Gelu", "ONNX");

        var squared = folder.File("squared");
        RandomModel.Write(squared, RandomModel.Config(FeedForwardKind.SquaredRelu));
        using (var checkpoint = Checkpoint.Open(squared))
            Errors.AreOneLineWith(() => GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = new WidthPlan(2, 4, 8) }), "S,M,L", "uniform", "arcee");
        Assert.False(File.Exists(Gguf));
    }

    [Fact]
    public void A_mixed_plan_is_told_layer_by_layer()
    {
        RandomModel.Write(Model, RandomModel.Config());
        using var checkpoint = Checkpoint.Open(Model);
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = new WidthPlan(2, 16, 5) });
        var read = new GgufOracle(Gguf);
        Assert.Equal("deci", read.Metadata["general.architecture"]);
        Assert.Equal([2, 16, 5], (object[])read.Metadata["deci.feed_forward_length"]);
        Assert.Equal([4, 4, 4], (object[])read.Metadata["deci.attention.head_count"]);
        Assert.Equal([2, 2, 2], (object[])read.Metadata["deci.attention.head_count_kv"]);
        Assert.Equal(6u, read.Metadata["deci.attention.key_length"]);
        Assert.Equal(6u, read.Metadata["deci.attention.value_length"]);
        Assert.Equal(6u, read.Metadata["deci.rope.dimension_count"]);
        Assert.DoesNotContain(read.Metadata.Keys, key => key.StartsWith("llama.", StringComparison.Ordinal));
        foreach (var (layer, width) in new[] { (0, 2), (1, 16), (2, 5) })
        {
            Assert.Equal([12L, width], read.Tensors[$"blk.{layer}.ffn_gate.weight"].Sizes);
            Assert.Equal(Cut(checkpoint, TensorNames.Down(layer), 12, width), read.Values($"blk.{layer}.ffn_down.weight"));
        }
    }

    [Fact]
    public void Squared_ReLU_has_an_architecture_without_gates()
    {
        RandomModel.Write(Model, RandomModel.Config(FeedForwardKind.SquaredRelu));
        using var checkpoint = Checkpoint.Open(Model);
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = WidthPlan.Uniform(8, 3) });
        var read = new GgufOracle(Gguf);
        Assert.Equal("arcee", read.Metadata["general.architecture"]);
        Assert.Equal(8u, read.Metadata["arcee.feed_forward_length"]);
        Assert.DoesNotContain(read.Tensors.Keys, name => name.Contains("gate", StringComparison.Ordinal));
        Assert.Equal(Cut(checkpoint, TensorNames.Up(2), 8, 12), read.Values("blk.2.ffn_up.weight"));
    }

    /// <summary>The first 104 bytes, written out by hand from the format's description.</summary>
    [Fact]
    public void A_file_begins_with_what_the_format_says()
    {
        RandomModel.Write(Model, RandomModel.Config());
        using var checkpoint = Checkpoint.Open(Model);
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = new WidthPlan(2, 16, 5) });
        var pairs = new GgufOracle(Gguf).Metadata.Count;
        byte[] expected =
        [
            .. "GGUF"u8, 3, 0, 0, 0, 29, 0, 0, 0, 0, 0, 0, 0, (byte)pairs, 0, 0, 0, 0, 0, 0, 0,
            20, 0, 0, 0, 0, 0, 0, 0, .. "general.architecture"u8, 8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, .. "deci"u8,
            12, 0, 0, 0, 0, 0, 0, 0, .. "general.name"u8, 8, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, .. "model"u8,
        ];
        var bytes = File.ReadAllBytes(Gguf);
        Assert.Equal(expected, bytes[..expected.Length]);

        byte[] widths = [24, 0, 0, 0, 0, 0, 0, 0, .. "deci.feed_forward_length"u8, 9, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0];
        Assert.True(bytes.AsSpan().IndexOf(widths) > 0);
        byte[] embedding = [17, 0, 0, 0, 0, 0, 0, 0, .. "token_embd.weight"u8, 2, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 19, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.True(bytes.AsSpan().IndexOf(embedding) > 0);
    }

    [Fact]
    public void A_file_is_replaced_only_when_asked()
    {
        RandomModel.Write(Model, RandomModel.Config());
        using var checkpoint = Checkpoint.Open(Model);
        File.WriteAllText(Gguf, "precious");
        Errors.AreOneLineWith(() => GgufExport.Write(checkpoint, Gguf), Gguf, "already", "--force");
        Assert.Equal("precious", File.ReadAllText(Gguf));
        Errors.AreOneLineWith(() => GgufExport.Write(checkpoint, folder.Path, new GgufExportOptions { Overwrite = true }), folder.Path, "is a folder");
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Overwrite = true });
        Assert.NotEmpty(new GgufOracle(Gguf).Tensors);
    }

    [Fact]
    public void A_weight_beyond_the_range_of_the_type_is_named()
    {
        var config = RandomModel.Config();
        var tensors = RandomModel.Tensors(config).ToList();
        var values = new float[19 * 12];
        values[15] = 1e5f;
        tensors[0] = TensorSource.Of(TensorNames.Embedding, values, 19, 12);
        Checkpoint.Write(Model, config, tensors);
        using var checkpoint = Checkpoint.Open(Model);
        Errors.AreOneLineWith(() => GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Type = GgufType.F16 }), "Row 1", "embed_tokens", "BF16");
        Assert.Equal([Model], Directory.GetFileSystemEntries(folder.Path));
    }

    private void Blocks() => RandomModel.Write(Model, RandomModel.Config(tied: false) with
    {
        HiddenSize = 32,
        FullWidths = WidthPlan.Uniform(64, 2),
        HeadSize = 8,
        Granularities = [],
    });

    private static float[] Cut(Checkpoint checkpoint, string name, int rows, int columns)
    {
        var tensor = checkpoint.Tensors.Get(name);
        var values = new float[tensor.Count];
        tensor.CopyTo(values);
        return [.. values.Chunk((int)tensor.Shape[^1]).Take(rows).SelectMany(row => row.Take(columns))];
    }
}
