using CsCheck;
using Nestor.Retrieval.Evaluation;

namespace Nestor.Tests.Retrieval;

public sealed class RankingQualityTests
{
    private static readonly Dictionary<int, double> Gains = new() { [1] = 3, [2] = 2, [3] = 1 };

    /// <summary>By hand: gains 3, 2, 1 at ranks 1, 2, 3 are worth 3 / log2 2 + 2 / log2 3 + 1 / log2 4 = 3 + 1.26186 + 0.5 = 4.76186.</summary>
    [Theory]
    [InlineData(new[] { 1, 2, 3 }, 10, 1)]
    [InlineData(new[] { 3, 2, 1 }, 10, (1 + 1.2618595071429148 + 1.5) / 4.761859507142915)]
    [InlineData(new[] { 9, 1 }, 10, 1.8927892607143721 / 4.761859507142915)]
    [InlineData(new[] { 9, 8, 7 }, 10, 0)]
    [InlineData(new int[0], 10, 0)]
    [InlineData(new[] { 2, 1 }, 1, 2.0 / 3)]
    public void Normalized_gain_is_what_one_computes_by_hand(int[] ranking, int depth, double expected) =>
        Assert.Equal(expected, RankingQuality.NormalizedGain(ranking, Gains, depth), 1e-12);

    [Theory]
    [InlineData(new[] { 1, 9, 3 }, 3, 2.0 / 3)]
    [InlineData(new[] { 1, 9, 3 }, 2, 1.0 / 3)]
    [InlineData(new[] { 1, 1, 1 }, 3, 1.0 / 3)]
    [InlineData(new int[0], 100, 0)]
    public void Recall_counts_what_is_found(int[] ranking, int depth, double expected) =>
        Assert.Equal(expected, RankingQuality.Recall(ranking, Gains, depth), 1e-12);

    [Fact]
    public void A_query_without_relevant_documents_is_worth_nothing()
    {
        Assert.Equal(0, RankingQuality.NormalizedGain([1], new Dictionary<int, double>(), 10));
        Assert.Equal(0, RankingQuality.Recall([1], new Dictionary<int, double>(), 10));
    }

    [Fact]
    public void No_order_is_better_than_by_gain() => Gen.Shuffle(Enumerable.Range(0, 8).ToArray()).Sample(ranking =>
    {
        var gains = Enumerable.Range(0, 5).ToDictionary(i => i, i => i % 3.0);
        return RankingQuality.NormalizedGain(ranking, gains, 10) <= RankingQuality.NormalizedGain(ranking.OrderByDescending(i => gains.GetValueOrDefault(i)), gains, 10) + 1e-12;
    });
}
