using CsCheck;
using Nestor.Retrieval;

namespace Nestor.Tests.Retrieval;

public sealed class TopMatchesTests
{
    // Few different scores, so that many are equal.
    private static readonly Gen<float[]> Scores = Gen.OneOf(Gen.Int[-3, 3].Select(i => i / 2f), Gen.Const(float.NaN)).Array[0, 60];

    [Fact]
    public void The_heap_keeps_what_sorting_puts_first() => Gen.Select(Scores, Gen.Int[0, 12]).Sample((scores, wanted) =>
    {
        var top = new TopMatches(wanted);
        top.Offer(scores, firstRow: 5);
        Assert.Equal(Sorted(scores, wanted, firstRow: 5), top.Sorted());
    });

    [Fact]
    public void It_does_not_matter_in_which_parts_scores_are_offered() => Gen.Select(Scores, Scores, Gen.Int[1, 12]).Sample((first, second, wanted) =>
    {
        var (together, one, other) = (new TopMatches(wanted), new TopMatches(wanted), new TopMatches(wanted));
        together.Offer([.. first, .. second], 0);
        one.Offer(first, 0);
        other.Offer(second, first.Length);
        other.Offer(one);
        Assert.Equal(together.Sorted(), other.Sorted());
    });

    private static IEnumerable<Match> Sorted(float[] scores, int wanted, int firstRow) => scores
        .Select((score, i) => new Match(firstRow + i, float.IsNaN(score) ? float.NegativeInfinity : score))
        .OrderByDescending(match => match.Score).ThenBy(match => match.Row).Take(wanted);
}
