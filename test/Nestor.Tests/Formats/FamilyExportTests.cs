using Nestor.Formats;
using Nestor.Formats.Onnx;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Tests.Formats.Onnx;
using Nestor.Tests.Models.Families;
using OpenModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Formats;

/// <summary>Models of every family as files for other programs: biases, norms of heads, windows and stretched positions go with them.</summary>
public sealed class FamilyExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Gguf => folder.File("model.gguf");

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(FamilyFolder.All), MemberType = typeof(FamilyFolder))]
    public void ONNX_Runtime_computes_every_family(string kind)
    {
        using var model = new FamilyFolder(kind);
        using var checkpoint = Checkpoint.Open(model.Path);
        var plan = WidthPlanText.Parse("20,48,7", checkpoint.Config);
        OnnxExport.Write(checkpoint, folder.File("model.onnx"), new OnnxExportOptions { Plan = plan, Cache = true });
        using var exported = new OnnxModel(folder.File("model.onnx"));
        var tokens = FamilyFolder.Tokens(60);
        AssertNear(Scores(checkpoint, tokens, plan), [.. exported.Read([tokens[..35]]), .. exported.Read([[tokens[35]]]), .. exported.Read([tokens[36..]])], error: 1e-3);
    }

    [Theory]
    [InlineData("llama", "48", "llama")]
    [InlineData("llama3", "20", "llama")]
    [InlineData("llama3", "48,20,7", "deci")]
    [InlineData("smollm", "7,48,20", "deci")]
    [InlineData("mistral", "48", "llama")]
    [InlineData("qwen2", "48", "qwen2")]
    [InlineData("qwen2", "48,20,7", "deci")]
    [InlineData("qwen3", "20", "qwen3")]
    public void Llama_cpp_computes_a_family_and_it_comes_back(string kind, string planText, string architecture)
    {
        using var model = new FamilyFolder(kind);
        using var checkpoint = Checkpoint.Open(model.Path);
        var plan = WidthPlanText.Parse(planText, checkpoint.Config);
        GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = plan });
        Assert.Equal(architecture, new GgufOracle(Gguf).Metadata["general.architecture"]);

        var tokens = FamilyFolder.Tokens(60);
        var expected = Scores(checkpoint, tokens, plan);
        GgufImport.Import(Gguf, folder.File("back"));
        using var back = Checkpoint.Open(folder.File("back"));
        Assert.Equal(expected, Scores(back, tokens, plan));
        Assert.Equal(checkpoint.Config.RopeScaling, back.Config.RopeScaling);
        Assert.Equal(checkpoint.Config.FurtherEndTokens.Take(1), back.Config.FurtherEndTokens);

        using var theirs = new LlamaCppModel(Gguf);
        AssertNear(expected, theirs.Scores(tokens), error: 1e-3);
    }

    [Fact]
    public void What_GGUF_cannot_hold_is_refused_before_anything_is_written()
    {
        Refused("mistral-window", "48", "window of 21", "ONNX");
        Refused("qwen3", "48,20,7", "qwen3", "48,20,7", "uniform");
        Assert.False(File.Exists(Gguf));
    }

    [Theory]
    [InlineData(8f)]
    [InlineData(32f)]
    public void The_rules_of_Llama_3_are_found_in_files_that_do_not_tell_them(float factor)
    {
        using var model = new OpenModel(OpenModel.Small with { RopeTheta = 500_000f, RopeScaling = new RopeScaling(factor, 1, 4, 8192), HeadSize = 64 });
        GgufExport.Write(model.Checkpoint, Gguf);
        var bytes = File.ReadAllBytes(Gguf);
        bytes[bytes.AsSpan().IndexOf("nestor.rope_scaling"u8)] = (byte)'N';
        File.WriteAllBytes(Gguf, bytes);
        GgufImport.Import(Gguf, folder.File("back"));
        using var back = Checkpoint.Open(folder.File("back"));
        Assert.Equal(model.Config.RopeScaling, back.Config.RopeScaling);
    }

    private void Refused(string kind, string plan, params string[] reasons)
    {
        using var model = new FamilyFolder(kind);
        using var checkpoint = Checkpoint.Open(model.Path);
        Errors.AreOneLineWith(() => GgufExport.Write(checkpoint, Gguf, new GgufExportOptions { Plan = WidthPlanText.Parse(plan, checkpoint.Config) }), reasons);
    }

    private static float[] Scores(Checkpoint checkpoint, int[] tokens, WidthPlan plan) =>
        OpenModel.All(Decoder.Load(checkpoint, new DecoderOptions { Threads = 1, Weights = WeightType.F32 }), tokens, plan);

    private static void AssertNear(float[] expected, float[] found, double error)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.InRange(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), 0, error);
    }
}
