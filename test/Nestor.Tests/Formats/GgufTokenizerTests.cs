using CsCheck;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Tests.Formats;

public sealed class GgufTokenizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_byte_level_tokenizer_keeps_its_tokens_and_merges_in_order()
    {
        var tokenizer = TokenizerTrainer.Train([string.Join(' ', Enumerable.Repeat("the cat sat on the mat", 20))], 265);
        var read = Export(tokenizer, vocabulary: 280);
        Assert.Equal("gpt2", read["tokenizer.ggml.model"]);
        Assert.Equal("gpt-2", read["tokenizer.ggml.pre"]);
        var tokens = Texts(read, "tokens");
        Assert.Equal(280, tokens.Length);
        Assert.Equal(tokens.Length, tokens.Distinct().Count());
        for (var id = 0; id < tokenizer.VocabularySize; id++)
            Assert.Equal(id, tokenizer.Find(tokens[id]));
        var model = tokenizer.Pipeline.Model;
        Assert.Equal(model.Merges.Select(merge => $"{tokens[merge.Left]} {tokens[merge.Right]}"), Texts(read, "merges"));
        var types = Numbers(read, "token_type");
        Assert.All(tokenizer.SpecialTokens.Values, id => Assert.Equal(3, types[id]));
        Assert.All(types[tokenizer.VocabularySize..], type => Assert.Equal(5, type));
    }

    [Fact]
    public void The_scores_of_a_SentencePiece_tokenizer_have_the_order_of_its_merges()
    {
        string[] texts = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(SentencePieceText.ByteToken), "a", "b", "ab", "aba", "▁"];
        var vocabulary = new Vocabulary(texts);
        int a = vocabulary.Find("a")!.Value, b = vocabulary.Find("b")!.Value, ab = vocabulary.Find("ab")!.Value;
        var text = new SentencePieceText(new BytePairModel(vocabulary, [(ab, a), (a, b)]), [new AddedToken(1, "<s>")], new SentencePieceOptions(UnknownToken: 0));
        var read = Export(new Tokenizer(text), texts.Length);
        Assert.Equal("llama", read["tokenizer.ggml.model"]);
        Assert.Equal(true, read["tokenizer.ggml.add_space_prefix"]);
        Assert.Equal(texts, Texts(read, "tokens"));
        var scores = ((object[])read["tokenizer.ggml.scores"]).Cast<float>().ToArray();
        Assert.True(scores[vocabulary.Find("aba")!.Value] > scores[ab]);
        var types = Numbers(read, "token_type");
        Assert.Equal([2, 3, 1, 6], types[..4]);
        Assert.Equal(1, types[a]);
    }

    [Fact]
    public void A_byte_level_tokenizer_comes_back()
    {
        var tokenizer = TokenizerTrainer.Train([string.Join(' ', Enumerable.Repeat("the cat sat on the mat", 20))], 265);
        Export(tokenizer, vocabulary: 280);
        var back = Import();
        Assert.Equal(tokenizer.VocabularySize, back.VocabularySize);
        Assert.Equal(tokenizer.SpecialTokens, back.SpecialTokens);
        Assert.Equal(tokenizer.Pipeline.Model.Merges, back.Pipeline.Model.Merges);
        Tests.Text.Texts.Any.Sample(text => Assert.Equal(tokenizer.Encode(text), back.Encode(text)), iter: 200);
    }

    [Theory]
    [InlineData("smollm", "Digits", false)]
    [InlineData("llama-bpe", "Llama3", false)]
    [InlineData("qwen2", "Qwen2", true)]
    public void The_words_of_published_tokenizers_come_back(string pre, string words, bool composes)
    {
        var trained = TokenizerTrainer.Train([string.Join(' ', Enumerable.Repeat("the cat sat on 123 mats", 20))], 265).Pipeline;
        var model = new BytePairModel(trained.Model.Vocabulary, trained.Model.Merges) { IgnoreMerges = words == "Llama3" };
        var tokenizer = new Tokenizer(new ByteLevelText(model, trained.Added, new ByteLevelOptions(Words: Enum.Parse<WordPattern>(words), Composes: composes)));
        Assert.Equal(pre, Export(tokenizer, vocabulary: 280)["tokenizer.ggml.pre"]);
        var back = Import();
        Tests.Text.Texts.Any.Sample(text => Assert.Equal(tokenizer.Encode(text), back.Encode(text)), iter: 200);
    }

    /// <summary>A vocabulary in which every way to make a token is a merge, as SentencePiece's training leaves it.</summary>
    [Fact]
    public void A_SentencePiece_tokenizer_comes_back()
    {
        string[] texts = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(SentencePieceText.ByteToken), "▁", "t", "h", "e", "th", "▁the", "▁th", "▁t", "he"];
        var vocabulary = new Vocabulary(texts);
        float[] scores = [.. texts.Select((_, id) => -(float)id)];
        var merges = ScoredMerges.Of(vocabulary, scores, id => id >= 259);
        var tokenizer = new Tokenizer(new SentencePieceText(new BytePairModel(vocabulary, merges), [new AddedToken(1, "<s>"), new AddedToken(2, "</s>")], new SentencePieceOptions(UnknownToken: 0)));
        Export(tokenizer, texts.Length + 3);
        var back = Import();
        Assert.Equal(texts.Length, back.VocabularySize);
        Assert.Equal(tokenizer.SpecialTokens, back.SpecialTokens);
        foreach (var text in (string[])["the", "the the<s> hthe", "tthhee é the\n", ""])
        {
            Assert.Equal(tokenizer.Encode(text), back.Encode(text));
            Assert.Equal(tokenizer.Decode(tokenizer.Encode(text)), back.Decode(back.Encode(text)));
        }
    }

    [Fact]
    public void A_tokenizer_json_may_replace_the_tokenizer_of_the_file()
    {
        Export(tokenizer: null, vocabulary: 300);
        var tokenizer = TokenizerTrainer.Train(["the cat sat on the mat"], 260);
        tokenizer.Save(folder.File("tokenizer.json"));
        GgufImport.Import(folder.File("model.gguf"), folder.File("back"), folder.File("tokenizer.json"));
        using var back = Checkpoint.Open(folder.File("back"));
        Assert.Equal(tokenizer.VocabularySize, back.Tokenizer.VocabularySize);
    }

    [Fact]
    public void A_tokenizer_that_readers_would_take_for_another_is_refused_and_nothing_is_written()
    {
        var trained = TokenizerTrainer.Train(["the cat sat on the mat"], 260).Pipeline;
        foreach (var (options, reason) in new[] { (new ByteLevelOptions(AddPrefixSpace: true), "a space at its beginning"), (new ByteLevelOptions(Words: WordPattern.None), "does not cut text") })
        {
            var tokenizer = new Tokenizer(new ByteLevelText(trained.Model, trained.Added, options));
            Errors.AreOneLineWith(() => Export(tokenizer, vocabulary: 280), reason);
            Assert.False(File.Exists(folder.File("model.gguf")));
        }
    }

    [Fact]
    public void A_token_that_no_merge_makes_has_the_worst_score()
    {
        string[] texts = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(SentencePieceText.ByteToken), "a", "b", "ab", "ba"];
        var vocabulary = new Vocabulary(texts);
        var tokenizer = new Tokenizer(new SentencePieceText(new BytePairModel(vocabulary, [(259, 260)]), [], new SentencePieceOptions(UnknownToken: 0)));
        var scores = ((object[])Export(tokenizer, texts.Length)["tokenizer.ggml.scores"]).Cast<float>().ToArray();
        Assert.True(scores[261] > scores[262]);
    }

    [Theory]
    [InlineData(19)]
    [InlineData(300)]
    public void A_model_without_a_tokenizer_gets_one_token_per_id(int vocabulary)
    {
        var tokens = Texts(Export(tokenizer: null, vocabulary), "tokens");
        Assert.Equal(vocabulary, tokens.Distinct().Count());
    }

    private Tokenizer Import()
    {
        GgufImport.Import(folder.File("model.gguf"), folder.File("back"));
        using var back = Checkpoint.Open(folder.File("back"));
        return back.Tokenizer;
    }

    private Dictionary<string, object> Export(Tokenizer? tokenizer, int vocabulary)
    {
        var config = RandomModel.Config() with { VocabularySize = vocabulary };
        Checkpoint.Write(folder.File("model"), config, RandomModel.Tensors(config), tokenizer);
        using var checkpoint = Checkpoint.Open(folder.File("model"));
        GgufExport.Write(checkpoint, folder.File("model.gguf"));
        var read = new GgufOracle(folder.File("model.gguf")).Metadata;
        Assert.Equal((uint)config.BeginToken!, read["tokenizer.ggml.bos_token_id"]);
        Assert.Equal((uint)config.EndToken!, read["tokenizer.ggml.eos_token_id"]);
        return read;
    }

    private static string[] Texts(Dictionary<string, object> metadata, string key) => [.. ((object[])metadata["tokenizer.ggml." + key]).Cast<string>()];

    private static int[] Numbers(Dictionary<string, object> metadata, string key) => [.. ((object[])metadata["tokenizer.ggml." + key]).Cast<int>()];
}
