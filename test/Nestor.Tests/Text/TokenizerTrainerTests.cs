using CsCheck;
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
            var tokenizer = TokenizerTrainer.Train(documents, size);
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
            var one = TokenizerTrainer.Train(documents, size, threads: 1);
            Assert.Equal(one.Pipeline.Model.Merges, TokenizerTrainer.Train(shuffled, size, threads: threads).Pipeline.Model.Merges);
        });

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
                    words.Add([.. System.Text.Encoding.UTF8.GetBytes(document[start..end]).Select(b => 1 + b)]);
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
