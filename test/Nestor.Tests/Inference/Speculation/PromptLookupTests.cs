using Nestor.Inference.Speculation;

namespace Nestor.Tests.Inference.Speculation;

public sealed class PromptLookupTests
{
    [Theory]
    [InlineData("1 2 3 4 5 1 2 3", "4 5 1")]            // what followed before
    [InlineData("1 2 9 1 2 7 5 5 1 2", "7 5 5")]        // the later of two matches
    [InlineData("1 2 3 9 9 2 3 8 8 1 2 3", "9 9 2")]    // a long match before a later short one
    [InlineData("5 6 5 6 5 6", "5 6 5")]                // runs on into the draft
    [InlineData("7 7 7", "7 7 7")]
    [InlineData("1 2 0 3 1 2", "0")]                    // 0 ends a text
    [InlineData("1 2 3 4", "")]
    [InlineData("3 4 1 5 1", "")]                       // one token is less than the shortest match
    [InlineData("1", "")]
    public void What_followed_the_last_tokens_before_is_drafted(string text, string drafted)
    {
        var tokens = Tokens(text).ToList();
        var draft = new Draft();
        new PromptLookup(RandomModel.Small with { EndToken = 0 }, longest: 3, shortest: 2).Draft(tokens, most: 3, draft);
        Assert.Equal(Tokens(drafted), draft.Tokens);
        Assert.Equal(Tokens(text + " " + drafted), tokens);
        for (var i = 0; i < draft.Tokens.Count; i++)
            Assert.Equal(1, draft.Distribution(i).Probability(draft.Tokens[i]));
    }

    private static int[] Tokens(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
}
