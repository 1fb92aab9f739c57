using System.Text;
using CsCheck;
using Nestor.Tests.Formats;
using Nestor.Text;

namespace Nestor.Tests.Text;

public sealed class TokenizerTrainerTests
{
    private static readonly Gen<string[]> Documents =
        Gen.String[Gen.Char["aaabbc '\n9é"], 0, 60].Array[4, 20];

    [Fact]
    public void Training_merges_what_recounting_every_pair_merges() =>
        Documents.Sample(documents =>
        {
            var size = Recounting.Train(documents, 290).Size;
            var tokenizer = Texts.Train(documents, size);
            Assert.Equal(size, tokenizer.VocabularySize);
            Assert.Equal(Recounting.Train(documents, size).Merges, tokenizer.Pipeline.Model.Merges);
        });

    [Fact]
    public void Order_of_documents_and_threads_change_nothing() =>
        Gen.Select(Documents, Gen.Int[1, 5], Gen.Int).Sample((documents, threads, seed) =>
        {
            var size = Recounting.Train(documents, 280).Size;
            var shuffled = documents.ToArray();
            new Random(seed).Shuffle(shuffled);
            var one = Texts.Train(documents, size, threads: 1);
            Assert.Equal(one.Pipeline.Model.Merges, Texts.Train(shuffled, size, threads: threads).Pipeline.Model.Merges);
        });

    [Fact]
    public void A_long_document_is_learnt_from_as_its_parts_are()
    {
        var random = new Random(1);
        var words = Enumerable.Range(0, 60_000).Select(_ => new string((char)('a' + random.Next(4)), random.Next(1, 4)) + (random.Next(5) == 0 ? "\n\n  " : " ")).ToArray();
        var lines = string.Concat(words).Split('\n').Select((line, i) => i == 0 ? line : "\n" + line).ToArray();
        var whole = Texts.Train([string.Concat(lines), string.Concat(lines)], 270, threads: 3);
        var counted = new Dictionary<string, long>();
        var text = string.Concat(lines);
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = Gpt2Words.End(text, start);
            counted[text[start..end]] = counted.GetValueOrDefault(text[start..end]) + 1;
        }

        Assert.True(text.Length > 130_000);
        Assert.Equal(counted, WordCounts.Of([text], new AddedTokenSplitter([]), 3, TestContext.Current.CancellationToken));
        Assert.Equal(270, whole.VocabularySize);
    }

    [Fact]
    public void Special_tokens_come_first_then_bytes_then_merges()
    {
        var tokenizer = Texts.Train(["abab abab"], 260, ["<s>", "</s>"]);
        Assert.Equal((0, 1, 2, 257), (tokenizer.Find("<s>"), tokenizer.Find("</s>"), tokenizer.Find("Ā"), tokenizer.Find("ÿ")));
        Assert.Equal("ab", tokenizer.Decode([258]));
        Assert.Equal(new Dictionary<string, int> { ["<s>"] = 0, ["</s>"] = 1 }, tokenizer.SpecialTokens);
    }

    [Fact]
    public void Special_tokens_in_documents_teach_nothing()
    {
        var documents = Enumerable.Repeat("abc<|endoftext|>abc", 5).ToArray();
        var tokenizer = Texts.Train(documents, 259);
        Errors.AreOneLineWith(() => Texts.Train(documents, 400), "259 tokens, 400 were asked for");
        Assert.Equal([257 + 1, 0, 257 + 1], tokenizer.Encode("abc<|endoftext|>abc"));
    }

    [Fact]
    public void No_merge_makes_a_special_token() =>
        Errors.AreOneLineWith(() => Texts.Train([" a a a a"], 300, ["Ġa"]), "257 tokens, 300 were asked for");

    [Fact]
    public void What_cannot_be_trained_is_refused_in_one_line()
    {
        Errors.AreOneLineWith(() => Texts.Train(["abc"], 256), "256 tokens", "at least 257");
        Errors.AreOneLineWith(() => Texts.Train(["abc"], -1), "at least 257");
        Errors.AreOneLineWith(() => Texts.Train([], 258), "at most 257 or give more text");
        Errors.AreOneLineWith(() => Texts.Train([], 300, [""]), "special token 0");
        Errors.AreOneLineWith(() => Texts.Train([], 300, ["a"]), "'a' is the token of a byte");
        Errors.AreOneLineWith(() => Texts.Train([], 300, ["<s>", "<s>"]), "given 2 times");
        Errors.AreOneLineWith(() => Texts.Train(Unreadable(), 300, threads: 2), "no such text");

        static IEnumerable<string> Unreadable()
        {
            yield return "abc";
            throw new NestorException("There is no such text.");
        }
    }

    [Fact]
    public void Training_can_be_stopped_and_says_how_far_it_is()
    {
        using var stop = new CancellationTokenSource();
        var seen = new List<double>();
        TokenizerTrainer.Train(Texts.Corpus, 340, progress: new Seen(seen.Add), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(1, seen[^1]);
        Assert.ThrowsAny<OperationCanceledException>(() => TokenizerTrainer.Train(Texts.Corpus, 340, progress: new Seen(_ => stop.Cancel()), cancellation: stop.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => TokenizerTrainer.Train(Texts.Corpus, 340, cancellation: stop.Token));
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Slow")]
    public void A_trained_vocabulary_shortens_real_text()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        var file = Path.Combine(data ?? "", "text", "tinyshakespeare.txt");
        Assert.SkipUnless(data is not null && File.Exists(file), "NESTOR_DATA names no folder with text/tinyshakespeare.txt.");
        var text = File.ReadAllText(file);
        var tokenizer = Texts.Train([text], 4096);
        Assert.Equal(4096, tokenizer.VocabularySize);
        Assert.True(tokenizer.Encode(text).Length < text.Length / 3);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    private sealed class Seen(Action<double> see) : IProgress<double>
    {
        public void Report(double value) => see(value);
    }

    /// <summary>The definition of the algorithm: count every pair, merge the most frequent everywhere, count again.</summary>
    private static class Recounting
    {
        public static (int Size, (int, int)[] Merges) Train(string[] documents, int vocabularySize)
        {
            var words = new List<List<int>>();
            foreach (var document in documents)
            {
                for (int start = 0, end; start < document.Length; start = end)
                {
                    end = Gpt2Words.End(document, start);
                    words.Add([.. Encoding.UTF8.GetBytes(document[start..end]).Select(b => 1 + b)]);
                }
            }

            var tokens = new List<string> { "<|endoftext|>" };
            tokens.AddRange(Enumerable.Range(0, 256).Select(b => ByteAlphabet.Character((byte)b).ToString()));
            var merges = new List<(int, int)>();
            while (tokens.Count < vocabularySize)
            {
                var best = words.SelectMany(word => word.Zip(word.Skip(1)))
                    .GroupBy(pair => pair)
                    .Where(group => group.Count() >= PairCounts.Least)
                    .OrderByDescending(group => group.Count()).ThenBy(group => group.Key)
                    .FirstOrDefault()?.Key;
                if (best is not var (left, right))
                    break;
                var text = tokens[left] + tokens[right];
                if (!tokens.Contains(text))
                    tokens.Add(text);
                if (!merges.Contains((left, right)))
                    merges.Add((left, right));
                foreach (var word in words)
                {
                    for (var i = 0; i + 1 < word.Count; i++)
                    {
                        if ((word[i], word[i + 1]) == (left, right))
                        {
                            word[i] = tokens.IndexOf(text);
                            word.RemoveAt(i + 1);
                        }
                    }
                }
            }

            return (tokens.Count, [.. merges]);
        }
    }
}
