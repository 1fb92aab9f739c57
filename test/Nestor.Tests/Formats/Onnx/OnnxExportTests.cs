using Nestor.Formats;
using Nestor.Formats.Onnx;
using Nestor.Inference;
using Nestor.Models;
using OpenModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Formats.Onnx;

/// <summary>ONNX Runtime computes from our file what our decoder computes.</summary>
public sealed class OnnxExportTests : IDisposable
{
    private const float Error = 1e-3f;

    private readonly TemporaryFolder folder = new();

    private string File => folder.File("model.onnx");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("S", FeedForwardKind.SwiGlu, true)]
    [InlineData("XL", FeedForwardKind.SwiGlu, true)]
    [InlineData("S,XL,31", FeedForwardKind.SwiGlu, true)]
    [InlineData("XL,M,S", FeedForwardKind.SwiGlu, false)]
    [InlineData("L", FeedForwardKind.SquaredRelu, false)]
    [InlineData("7,XL,S", FeedForwardKind.SquaredRelu, true)]
    [InlineData("M", FeedForwardKind.Gelu, false)]
    [InlineData("S,7,XL", FeedForwardKind.Gelu, true)]
    public void Scores_are_the_decoders_with_and_without_a_cache(string planText, FeedForwardKind kind, bool tied)
    {
        using var model = new OpenModel(OpenModel.Small with { FeedForward = kind, TieEmbeddings = tied });
        var plan = WidthPlanText.Parse(planText, model.Config);
        var tokens = OpenModel.Tokens(40);
        var expected = OpenModel.All(Decoder.Load(model.Checkpoint), tokens, plan);

        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Plan = plan });
        using (var whole = new OnnxModel(File))
        {
            Assert.Equal(["attention_mask", "input_ids", "position_ids"], whole.Inputs.Keys.Order());
            AssertNear(expected, whole.Read([tokens]));
        }

        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Plan = plan, Cache = true, Overwrite = true });
        using var cached = new OnnxModel(File);
        List<float> scores = [.. cached.Read([tokens[..25]])];
        foreach (var token in tokens[25..30])
            scores.AddRange(cached.Read([[token]]));
        scores.AddRange(cached.Read([tokens[30..]]));
        AssertNear(expected, [.. scores]);
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(6, 1)]
    [InlineData(1, 1)]
    public void Heads_share_keys_and_values_as_the_model_says(int heads, int keyValueHeads)
    {
        using var model = new OpenModel(OpenModel.Small with { Heads = heads, KeyValueHeads = keyValueHeads });
        OnnxExport.Write(model.Checkpoint, File);
        using var exported = new OnnxModel(File);
        var tokens = OpenModel.Tokens(20);
        AssertNear(OpenModel.All(Decoder.Load(model.Checkpoint), tokens, model.Config.FullWidths), exported.Read([tokens]));
    }

    [Fact]
    public void Sequences_of_a_batch_do_not_see_each_other_nor_their_padding()
    {
        using var model = new OpenModel(OpenModel.Small);
        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Cache = true });
        int[] first = OpenModel.Tokens(12), second = OpenModel.Tokens(7, seed: 9);
        using var exported = new OnnxModel(File);
        int[] padded = [0, 0, 0, 0, 0, .. second];
        var mask = padded.Select((_, i) => i < 5 ? 0 : 1).ToArray();
        var scores = exported.Read([first, padded], [[.. first.Select(_ => 1)], mask], [[.. Enumerable.Range(0, 12)], [0, 0, 0, 0, 0, .. Enumerable.Range(0, 7)]]);

        var decoder = Decoder.Load(model.Checkpoint);
        var vocabulary = model.Config.VocabularySize;
        AssertNear(OpenModel.All(decoder, first, model.Config.FullWidths), scores[..(12 * vocabulary)]);
        AssertNear(OpenModel.All(decoder, second, model.Config.FullWidths), scores[(17 * vocabulary)..]);

        var next = exported.Read([[3], [4]], [[.. Enumerable.Repeat(1, 13)], [.. mask, 1]], [[12], [7]]);
        AssertNear(OpenModel.All(decoder, [.. first, 3], model.Config.FullWidths)[(12 * vocabulary)..], next[..vocabulary]);
        AssertNear(OpenModel.All(decoder, [.. second, 4], model.Config.FullWidths)[(7 * vocabulary)..], next[vocabulary..]);
    }

    [Theory]
    [InlineData(TensorType.BF16)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.F64)]
    public void Weights_of_other_types_become_the_same_32_bit_floats(TensorType type)
    {
        using var model = new OpenModel(OpenModel.Small, type: type);
        var plan = WidthPlanText.Parse("M,L,S", model.Config);
        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Plan = plan });
        using var exported = new OnnxModel(File);
        var tokens = OpenModel.Tokens(10);
        AssertNear(OpenModel.All(Decoder.Load(model.Checkpoint, new DecoderOptions { Weights = WeightType.F32 }), tokens, plan), exported.Read([tokens]));
    }

    [Fact]
    public void Weights_may_lie_in_a_file_beside_the_model()
    {
        using var model = new OpenModel(OpenModel.Small with { TieEmbeddings = false });
        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { ExternalData = true });
        var config = model.Config;
        Assert.True(new FileInfo(File + ".data").Length >= sizeof(float) * ParameterCount.Of(config, config.FullWidths).Total);
        Assert.True(new FileInfo(File).Length < new FileInfo(File + ".data").Length);
        var tokens = OpenModel.Tokens(10);
        using var exported = new OnnxModel(File);
        AssertNear(OpenModel.All(Decoder.Load(model.Checkpoint), tokens, config.FullWidths), exported.Read([tokens]));
    }

    /// <summary>The format's files end at 2 GiB; the same with a limit of some kilobytes.</summary>
    [Fact]
    public void Weights_that_are_too_many_for_one_file_go_into_a_second_unasked()
    {
        using var model = new OpenModel(OpenModel.Small);
        var bytes = sizeof(float) * ParameterCount.Of(model.Config, model.Config.FullWidths).Total;
        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions(), mostInside: bytes);
        Assert.False(System.IO.File.Exists(File + ".data"));
        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Overwrite = true }, mostInside: bytes - 1);
        Assert.InRange(new FileInfo(File + ".data").Length, bytes, bytes + 4096 * model.Checkpoint.Tensors.Names.Count);
    }

    [Fact]
    public void Batch_and_lengths_have_names_in_place_of_sizes()
    {
        using var model = new OpenModel(OpenModel.Small);
        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Cache = true });
        using var exported = new OnnxModel(File);
        Assert.Equal(["batch_size", "sequence_length"], exported.Inputs["input_ids"].SymbolicDimensions);
        Assert.Equal(["batch_size", "total_sequence_length"], exported.Inputs["attention_mask"].SymbolicDimensions);
        Assert.Equal(["batch_size", "", "past_sequence_length", ""], exported.Inputs["past_key_values.2.value"].SymbolicDimensions);
        Assert.Equal([-1, 2, -1, 10], exported.Inputs["past_key_values.0.key"].Dimensions);
        Assert.Equal(["batch_size", "", "total_sequence_length", ""], exported.Outputs["present.1.key"].SymbolicDimensions);
        Assert.Equal(["batch_size", "sequence_length", ""], exported.Outputs["logits"].SymbolicDimensions);
        Assert.Equal(1 + 2 * model.Config.Layers, exported.Outputs.Count);
    }

    [Fact]
    public void What_cannot_be_exported_is_refused_and_nothing_is_written()
    {
        using var model = new OpenModel(OpenModel.Small);
        Errors.AreOneLineWith(() => OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { Plan = WidthPlan.Uniform(73, 3) }), "73");
        model.Checkpoint.Pack(WeightType.Q8).Save(folder.File("packed"));
        using (var packed = Checkpoint.Open(folder.File("packed")))
            Errors.AreOneLineWith(() => OnnxExport.Write(packed, File), "packed", "to export");
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Files_are_replaced_only_when_asked()
    {
        using var model = new OpenModel(OpenModel.Small);
        System.IO.File.WriteAllText(File + ".data", "precious");
        Errors.AreOneLineWith(() => OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { ExternalData = true }), File + ".data", "already", "--force");
        Assert.Equal(["model.onnx.data"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
        OnnxExport.Write(model.Checkpoint, File);
        Errors.AreOneLineWith(() => OnnxExport.Write(model.Checkpoint, File), File, "already");
        OnnxExport.Write(model.Checkpoint, File, new OnnxExportOptions { ExternalData = true, Overwrite = true });
        using var exported = new OnnxModel(File);
        Assert.NotEmpty(exported.Read([[1, 2]]));
    }

    /// <summary>The encoding's own examples: 150 as a varint, a text, and a message in a message.</summary>
    [Fact]
    public void Messages_are_encoded_as_the_format_says()
    {
        Assert.Equal([0x08, 0x96, 0x01], Bytes(new ProtoMessage().Add(1, 150)));
        Assert.Equal([0x12, 0x07, .. "testing"u8], Bytes(new ProtoMessage().Add(2, "testing")));
        Assert.Equal([0x1A, 0x03, 0x08, 0x96, 0x01], Bytes(new ProtoMessage().Add(3, new ProtoMessage().Add(1, 150))));
        Assert.Equal([0x08, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], Bytes(new ProtoMessage().Add(1, -2)));
        Assert.Equal([0xA5, 0x01, 0, 0, 0x80, 0x3F], Bytes(new ProtoMessage().Add(20, 1f)));
        Assert.Equal([0x12, 0x80, 0x01, .. Enumerable.Repeat((byte)'a', 128)], Bytes(new ProtoMessage().Add(2, new string('a', 128))));
    }

    private static byte[] Bytes(ProtoMessage message)
    {
        using var stream = new MemoryStream();
        message.WriteTo(stream);
        Assert.Equal(stream.Length, message.Length);
        return stream.ToArray();
    }

    private static void AssertNear(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, Error));
    }
}
