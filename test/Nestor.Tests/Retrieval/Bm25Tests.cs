using Nestor.Retrieval.Evaluation;

namespace Nestor.Tests.Retrieval;

public sealed class Bm25Tests
{
    /// <summary>By hand: 3 documents of 2, 4 and 3 words, mean 3; "wing" is in 2 of them, idf ln(1 + 1.5 / 2.5) = 0.470004.</summary>
    [Fact]
    public void The_score_is_what_one_computes_by_hand()
    {
        var search = new Bm25(["wing flow", "Wing, wings; heat flow", "heat of plates"]);
        var matches = search.Search("the wing", 10);
        Assert.Equal([1, 0], matches.Select(match => match.Row));
        Assert.Equal(0.4700036 * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 3)), matches[0].Score, 1e-6);
        Assert.Equal(0.4700036 * 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 3)), matches[1].Score, 1e-6);
    }

    [Fact]
    public void Rare_words_count_more_and_nothing_shared_is_nothing_found()
    {
        var search = new Bm25(["a b", "a c", "a d"]);
        Assert.Equal(1, search.Search("a c", 3)[0].Row);
        Assert.Equal(3, search.Search("a c", 3).Count);
        Assert.Single(search.Search("a c", 1));
        Assert.Empty(search.Search("x", 3));
        Assert.Empty(new Bm25([]).Search("x", 3));
    }

    [Theory]
    [InlineData("Flows flow, FLOWING", "flow flow flowing")]
    [InlineData("bodies studies cries", "body study cry")]
    [InlineData("stresses mass focus goes plates", "stresse mass focus goes plate")]
    [InlineData("mach 2.5 x-15", "mach 2 5 x 15")]
    [InlineData(" \n.,", "")]
    public void Words_are_compared_without_case_marks_and_plural(string text, string words) => Assert.Equal(words, string.Join(' ', PlainWords.Of(text)));
}
