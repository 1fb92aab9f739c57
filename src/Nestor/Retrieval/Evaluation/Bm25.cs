namespace Nestor.Retrieval.Evaluation;

/// <summary>Search by words: Okapi BM25, the baseline that embeddings have to be compared with.</summary>
/// <remarks>
/// Robertson and Zaragoza 2009: <c>sum_w idf_w f (k1 + 1) / (f + k1 (1 - b + b length / mean length))</c> over the query's words, with the
/// idf <c>ln(1 + (N - n + 0.5) / (n + 0.5))</c> that is never negative.
/// </remarks>
public sealed class Bm25
{
    private readonly Dictionary<string, List<(int Document, int Count)>> postings = new(StringComparer.Ordinal);
    private readonly int[] lengths;
    private readonly double meanLength, k1, b;

    /// <summary>Counts the words of documents.</summary>
    /// <param name="documents">The texts.</param>
    /// <param name="k1">How soon repeating a word stops to count.</param>
    /// <param name="b">How much long documents are discounted, from 0 to 1.</param>
    public Bm25(IReadOnlyList<string> documents, double k1 = 1.2, double b = 0.75)
    {
        (this.k1, this.b) = (k1, b);
        lengths = new int[documents.Count];
        for (var document = 0; document < lengths.Length; document++)
        {
            foreach (var word in PlainWords.Of(documents[document]).GroupBy(word => word, StringComparer.Ordinal))
            {
                if (!postings.TryGetValue(word.Key, out var list))
                    postings[word.Key] = list = [];
                list.Add((document, word.Count()));
                lengths[document] += word.Count();
            }
        }

        meanLength = lengths.Length == 0 ? 1 : Math.Max(1e-9, lengths.Average());
    }

    /// <summary>The documents that share a word with the query, best first; of equal ones the first.</summary>
    /// <param name="query">The query's text.</param>
    /// <param name="count">Documents at most.</param>
    /// <returns>Documents by their place, with their scores.</returns>
    public IReadOnlyList<Match> Search(string query, int count)
    {
        var scores = new Dictionary<int, double>();
        foreach (var word in PlainWords.Of(query))
        {
            if (!postings.TryGetValue(word, out var list))
                continue;
            var idf = Math.Log(1 + (lengths.Length - list.Count + 0.5) / (list.Count + 0.5));
            foreach (var (document, frequency) in list)
            {
                var saturated = frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * lengths[document] / meanLength));
                scores[document] = scores.GetValueOrDefault(document) + idf * saturated;
            }
        }

        return [.. scores.OrderByDescending(score => score.Value).ThenBy(score => score.Key).Take(count).Select(score => new Match(score.Key, (float)score.Value))];
    }
}
