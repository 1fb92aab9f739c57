using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Text;
using OpenModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Formats;

/// <summary>llama.cpp computes from our GGUF files what our decoder computes.</summary>
public sealed class LlamaCppScoresTests : IDisposable
{
    private static readonly ModelConfig Shape = OpenModel.Small with { HiddenSize = 64, HeadSize = 16, FullWidths = WidthPlan.Uniform(96, 3), Granularities = Granularity.Paper(96), BeginToken = 1, EndToken = 2 };

    private readonly TemporaryFolder folder = new();

    private string Gguf => folder.File("model.gguf");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("XL", FeedForwardKind.SwiGlu, true)]
    [InlineData("S", FeedForwardKind.SwiGlu, false)]
    [InlineData("S,XL,31", FeedForwardKind.SwiGlu, true)]
    [InlineData("XL,L,M", FeedForwardKind.SwiGlu, false)]
    [InlineData("L", FeedForwardKind.SquaredRelu, true)]
    [InlineData("XL", FeedForwardKind.SquaredRelu, false)]
    public void Every_architecture_gives_our_scores(string planText, FeedForwardKind kind, bool tied)
    {
        using var model = new OpenModel(Shape with { FeedForward = kind, TieEmbeddings = tied, RopeTheta = 50_000f });
        var plan = WidthPlanText.Parse(planText, model.Config);
        GgufExport.Write(model.Checkpoint, Gguf, new GgufExportOptions { Plan = plan });
        using var theirs = new LlamaCppModel(Gguf);
        AssertNear(theirs, model.Checkpoint, plan, error: 2e-4);
    }

    [Theory]
    [InlineData("L", GgufType.BF16, 0.05)]
    [InlineData("M,L,XL", GgufType.F16, 0.02)]
    [InlineData("L*2,XL", GgufType.Q8, 0.1)]
    [InlineData("XL", GgufType.Q4, 0.15)]
    public void What_we_read_back_is_what_they_read(string planText, GgufType type, double error)
    {
        var shape = Shape with { FullWidths = WidthPlan.Uniform(256, 3), Granularities = Granularity.Paper(256) };
        using var model = new OpenModel(shape);
        GgufExport.Write(model.Checkpoint, Gguf, new GgufExportOptions { Plan = WidthPlanText.Parse(planText, model.Config), Type = type });
        GgufImport.Import(Gguf, folder.File("back"));
        using var back = Checkpoint.Open(folder.File("back"));
        using var theirs = new LlamaCppModel(Gguf);
        AssertNear(theirs, back, back.Config.FullWidths, error);
    }

    [Theory]
    [InlineData(nameof(WordPattern.Gpt2))]
    [InlineData(nameof(WordPattern.Digits))]
    [InlineData(nameof(WordPattern.Llama3))]
    [InlineData(nameof(WordPattern.Qwen2))]
    public void Text_becomes_the_same_tokens(string pattern)
    {
        var words = Enum.Parse<WordPattern>(pattern);
        var trained = TokenizerTrainer.Train(Tests.Text.Texts.Corpus, 350, cancellation: TestContext.Current.CancellationToken).Pipeline;
        var model = new BytePairModel(trained.Model.Vocabulary, trained.Model.Merges) { IgnoreMerges = words == WordPattern.Llama3 };
        var tokenizer = new Tokenizer(new ByteLevelText(model, trained.Added, new ByteLevelOptions(Words: words, Composes: words == WordPattern.Qwen2)));
        var config = Shape with { VocabularySize = 420 };
        Checkpoint.Write(folder.File("model"), config, RandomModel.Tensors(config), tokenizer);
        using (var checkpoint = Checkpoint.Open(folder.File("model")))
            GgufExport.Write(checkpoint, Gguf);
        GgufImport.Import(Gguf, folder.File("back"));
        using var back = Checkpoint.Open(folder.File("back"));
        using var theirs = new LlamaCppModel(Gguf);
        foreach (var text in (string[])["the cat sat on the mat", "It's 12:30,  they're   here!\n\n\tПривет 日本語 😀", "don't 2024 THEY'RE", " a", "x\n\n  y 1234567"])
        {
            Assert.Equal(tokenizer.Encode(text), theirs.Tokenize(text));
            Assert.Equal(tokenizer.Encode(text), back.Tokenizer.Encode(text));
        }
    }

    [Fact]
    public void A_real_SentencePiece_model_is_the_same_there_and_back()
    {
        var stories = Path.Combine(Environment.GetEnvironmentVariable("NESTOR_DATA") ?? "", "stories260k");
        Assert.SkipUnless(Directory.Exists(stories), "Set NESTOR_DATA to a folder with stories260k/stories260K.bin and tok512.bin.");
        Llama2cCheckpoint.Import(Path.Combine(stories, "stories260K.bin"), Path.Combine(stories, "tok512.bin"), folder.File("model"));
        using var checkpoint = Checkpoint.Open(folder.File("model"));
        GgufExport.Write(checkpoint, Gguf);
        GgufImport.Import(Gguf, folder.File("back"));
        using var back = Checkpoint.Open(folder.File("back"));
        using var theirs = new LlamaCppModel(Gguf);
        foreach (var text in (string[])["Once upon a time, there was a little girl named Lily.", "Tom  and his\ndog — été 日本", "a"])
        {
            Assert.Equal(checkpoint.Tokenizer.Encode(text), theirs.Tokenize(text));
            Assert.Equal(checkpoint.Tokenizer.Encode(text), back.Tokenizer.Encode(text));
        }

        Assert.Equal(checkpoint.Fingerprint, back.Fingerprint);
        AssertNear(theirs, back, back.Config.FullWidths, error: 1e-3);
    }

    private static void AssertNear(LlamaCppModel theirs, Checkpoint ours, WidthPlan plan, double error)
    {
        var tokens = OpenModel.Tokens(24);
        var expected = OpenModel.All(Decoder.Load(ours, new DecoderOptions { Weights = WeightType.F32, Threads = 1 }), tokens, plan);
        var found = theirs.Scores(tokens);
        Assert.Equal(expected.Length, found.Length);
        Assert.InRange(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), 0, error);
    }
}
