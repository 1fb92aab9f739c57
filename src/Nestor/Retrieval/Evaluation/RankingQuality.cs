namespace Nestor.Retrieval.Evaluation;

/// <summary>How good a ranking is, by judged relevance.</summary>
public static class RankingQuality
{
    /// <summary>nDCG@k: <c>sum_r gain_r / log2(r + 1)</c> over the first k ranks, as a part of that of the best order; 0 where nothing is relevant.</summary>
    /// <remarks>Järvelin and Kekäläinen 2002, with the gains as they are, as trec_eval computes it. A document without a judgement has gain 0.</remarks>
    /// <param name="ranking">Documents, best first.</param>
    /// <param name="gains">Gains above 0 of the relevant documents.</param>
    /// <param name="depth">k.</param>
    public static double NormalizedGain(IEnumerable<int> ranking, IReadOnlyDictionary<int, double> gains, int depth)
    {
        var best = Discounted(gains.Values.OrderDescending().Take(depth));
        return best > 0 ? Discounted(ranking.Take(depth).Select(document => gains.GetValueOrDefault(document))) / best : 0;
    }

    /// <summary>Recall@k: the part of the relevant documents that is among the first k; 0 where nothing is relevant.</summary>
    /// <inheritdoc cref="NormalizedGain"/>
    public static double Recall(IEnumerable<int> ranking, IReadOnlyDictionary<int, double> gains, int depth)
    {
        var relevant = gains.Count(gain => gain.Value > 0);
        return relevant > 0 ? ranking.Take(depth).Distinct().Count(document => gains.GetValueOrDefault(document) > 0) / (double)relevant : 0;
    }

    private static double Discounted(IEnumerable<double> gains) => gains.Select((gain, i) => gain / Math.Log2(i + 2)).Sum();
}
