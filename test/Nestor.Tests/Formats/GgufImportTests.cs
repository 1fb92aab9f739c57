using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Tests.Formats;

/// <summary>What is written and read back is the model.</summary>
public sealed class GgufImportTests : IDisposable
{
    private static readonly int[] Text = [1, 5, 7, 3, 18, 0, 9, 11];

    private readonly TemporaryFolder folder = new();

    private string Gguf => folder.File("model.gguf");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(FeedForwardKind.SwiGlu, true, "16,16,16")]
    [InlineData(FeedForwardKind.SwiGlu, false, "5,5,5")]
    [InlineData(FeedForwardKind.SwiGlu, true, "2,16,5")]
    [InlineData(FeedForwardKind.SwiGlu, false, "16,8,2")]
    [InlineData(FeedForwardKind.SquaredRelu, true, "16,16,16")]
    [InlineData(FeedForwardKind.SquaredRelu, false, "4,4,4")]
    public void Every_weight_and_every_score_comes_back(FeedForwardKind kind, bool tied, string planText)
    {
        RandomModel.Write(folder.File("model"), RandomModel.Config(kind, tied) with { NormEpsilon = 1e-6f, RopeTheta = 500_000f });
        using var checkpoint = Checkpoint.Open(folder.File("model"));
        var plan = WidthPlanText.Parse(planText, checkpoint.Config);
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = plan });
        checkpoint.Slice(plan).Save(folder.File("slice"));

        GgufImport.Import(Gguf, folder.File("back"));
        using var slice = Checkpoint.Open(folder.File("slice"));
        using var back = Checkpoint.Open(folder.File("back"));
        Assert.Equal(slice.Config with { Granularities = [] }, back.Config);
        Assert.Equal(slice.Fingerprint, back.Fingerprint);
        foreach (var name in slice.Tensors.Names)
            Assert.Equal(slice.Tensors.Get(name).Bytes, back.Tensors.Get(name).Bytes);
        Assert.Equal(Scores(checkpoint, plan), Scores(back, plan));
        Assert.False(back.HasTokenizer);
    }

    [Fact]
    public void Brain_floats_come_back_as_they_were()
    {
        RandomModel.Write(folder.File("model"), RandomModel.Config(), TensorType.BF16);
        using var checkpoint = Checkpoint.Open(folder.File("model"));
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Type = GgufType.BF16 });
        GgufImport.Import(Gguf, folder.File("back"));
        using var back = Checkpoint.Open(folder.File("back"));
        Assert.Equal(TensorType.BF16, back.Tensors.Get(TensorNames.Embedding).Type);
        Assert.Equal(Scores(checkpoint, checkpoint.Config.FullWidths), Scores(back, back.Config.FullWidths));
    }

    [Theory]
    [InlineData(GgufType.F16, 5e-5)]
    [InlineData(GgufType.Q8, 1e-3)]
    [InlineData(GgufType.Q4, 2e-2)]
    public void A_rounded_model_comes_back_as_near_as_its_type_is(GgufType type, double error)
    {
        var config = RandomModel.Config(tied: false) with { HiddenSize = 32, FullWidths = new WidthPlan(64, 32), HeadSize = 8, Granularities = [] };
        RandomModel.Write(folder.File("model"), config);
        using var checkpoint = Checkpoint.Open(folder.File("model"));
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Type = type });
        GgufImport.Import(Gguf, folder.File("back"));
        using var back = Checkpoint.Open(folder.File("back"));
        foreach (var (name, _) in TensorNames.All(config))
        {
            var (written, read) = (Values(checkpoint, name), Values(back, name));
            Assert.All(written.Zip(read), pair => Assert.Equal(pair.First, pair.Second, error));
        }

        var oracle = new GgufOracle(Gguf);
        Assert.Equal(oracle.Values("blk.1.ffn_down.weight"), Values(back, TensorNames.Down(1)));
        Assert.All(Scores(checkpoint, config.FullWidths).Zip(Scores(back, config.FullWidths)), pair => Assert.Equal(pair.First, pair.Second, 20 * error));
    }

    [Fact]
    public void A_folder_is_replaced_only_when_asked()
    {
        RandomModel.Write(folder.File("model"), RandomModel.Config());
        using (var checkpoint = Checkpoint.Open(folder.File("model")))
            GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = WidthPlan.Uniform(4, 3) });
        Errors.AreOneLineWith(() => GgufImport.Import(Gguf, folder.File("model")), folder.File("model"), "holds a model already");
        GgufImport.Import(Gguf, folder.File("model"), overwrite: true);
        using var replaced = Checkpoint.Open(folder.File("model"));
        Assert.Equal(WidthPlan.Uniform(4, 3), replaced.Config.FullWidths);
    }

    private static float[] Scores(Checkpoint checkpoint, WidthPlan plan)
    {
        var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = 1 });
        var scores = new float[Text.Length * decoder.Config.VocabularySize];
        decoder.ForwardAll(Text, new KvCache(decoder.Config), plan, scores);
        return scores;
    }

    private static float[] Values(Checkpoint checkpoint, string name)
    {
        var values = new float[checkpoint.Tensors.Get(name).Count];
        checkpoint.Tensors.Get(name).CopyTo(values);
        return values;
    }
}
