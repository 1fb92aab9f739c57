using System.IO.Compression;
using CsCheck;
using Nestor.Evaluation.Tasks;
using Nestor.Tests.Formats;
using Nestor.Text;

namespace Nestor.Tests.Evaluation.Tasks;

public sealed class NgramScorerTests
{
    [Fact]
    public void A_small_text_gives_probabilities_counted_by_hand()
    {
        // Tokens 0 1 0 1 2 of a vocabulary of 4.
        var scorer = new NgramScorer([0, 1, 0, 1, 2], vocabulary: 4);

        // No history: 5 tokens of 3 kinds, so 1 has (2 + 3/4) / 8 and 2 has (1 + 3/4) / 8.
        Assert.Equal(2.75 / 8, scorer.Probability([], 1), 1e-15);
        Assert.Equal(1.75 / 8, scorer.Probability([], 2), 1e-15);

        // After 0, twice 1: one kind. After 1, once 0 and once 2: two kinds.
        Assert.Equal((2 + 2.75 / 8) / 3, scorer.Probability([0], 1), 1e-15);
        Assert.Equal((1 + 2 * 1.75 / 8) / 4, scorer.Probability([1], 2), 1e-15);

        // After 0 1, once 0 and once 2. After 2 1, which never was, as after 1.
        Assert.Equal((1 + 2 * (1 + 2 * 1.75 / 8) / 4) / 4, scorer.Probability([0, 1], 2), 1e-15);
        Assert.Equal(scorer.Probability([1], 2), scorer.Probability([2, 1], 2));

        var score = scorer.Score([[new ScoringRequest((int[])[3, 0, 1, 2], 2)]])[0][0];
        Assert.Equal(Math.Log(scorer.Probability([3, 0], 1)) + Math.Log(scorer.Probability([0, 1], 2)), score.LogProbability, 1e-12);
        Assert.False(score.IsGreedy);    // After 0 1 the tokens 0 and 2 followed once each, and 0 is the more frequent one.
        Assert.True(scorer.Score([[new ScoringRequest((int[])[3, 0, 1, 0], 2)]])[0][0].IsGreedy);
    }

    [Fact]
    public void Probabilities_add_up_to_one() =>
        Gen.Select(Gen.Int[0, 6].Array[0, 60], Gen.Int[0, 6].Array[0, 4]).Sample((text, before) =>
        {
            var scorer = new NgramScorer(text, vocabulary: 7);
            Assert.Equal(1, Enumerable.Range(0, 7).Sum(token => scorer.Probability(before, token)), 1e-12);
        });

    [Fact]
    public void Tokens_outside_the_vocabulary_are_refused()
    {
        Errors.AreOneLineWith(() => _ = new NgramScorer([0, 4], vocabulary: 4), "token 4");
        Errors.AreOneLineWith(() => _ = new NgramScorer([0], vocabulary: int.MaxValue), "vocabulary");
        Errors.AreOneLineWith(() => new NgramScorer([0], vocabulary: 4).Score([[new ScoringRequest((int[])[0, 9], 1)]]), "token 9");
    }

    [Fact]
    public void Counting_novels_tells_sentences_from_shuffled_ones_and_nothing_about_how_things_work()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA") ?? "";
        Assert.SkipUnless(File.Exists(Path.Combine(data, "text", "novels.txt.gz")) && Directory.Exists(Path.Combine(data, "lm-eval")), "Set NESTOR_DATA to a folder with text/novels.txt.gz and lm-eval/*.jsonl.");
        var tokenizer = Tokenizer.Open(Path.Combine(data, "tokenizers", "gpt2", "tokenizer.json"));
        var novels = Novels(data);
        var scorer = new NgramScorer(tokenizer.Encode(novels[..3_000_000]), tokenizer.VocabularySize);
        TaskResult Result(TaskFile file) => new TaskEvaluation(file, tokenizer, begin: null, new TaskOptions { Limit = 500 }).Run(scorer);

        using var folder = new TaskFolder();
        var sentences = Result(folder.Open(TaskFolder.Copa, [.. Continued(novels[3_000_000..]).Take(500)]));
        Assert.Equal(1.0 / 3, sentences.Chance!.Value, 1e-12);
        Assert.InRange(sentences.Accuracy.Value, 0.8, 1);

        // Questions of everyday physics are not answered by old novels: what is found is a blind choice.
        var piqa = Result(TaskFile.Open(Path.Combine(data, "lm-eval"), TaskFolder.Piqa));
        Assert.InRange(piqa.Accuracy.Value, 0.5 - 4 * piqa.Accuracy.StandardError!.Value, 0.5 + 4 * piqa.Accuracy.StandardError.Value);
    }

    // Twelve words of a text, and the eight that follow among the same eight in two other orders.
    private static IEnumerable<string> Continued(string text)
    {
        var random = new Random(1);
        foreach (var words in text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Chunk(100).Select(part => part[..20]))
        {
            var choices = Enumerable.Range(0, 3).Select(_ => string.Join(' ', words[12..].OrderBy(_ => random.Next()))).ToArray();
            var gold = random.Next(3);
            choices[gold] = string.Join(' ', words[12..]);
            yield return TaskFolder.Choice(string.Join(' ', words[..12]), choices, gold);
        }
    }

    private static string Novels(string data)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(data, "text", "novels.txt.gz")), CompressionMode.Decompress));
        var text = new char[4_000_000];
        return new string(text, 0, reader.ReadBlock(text));
    }
}
