using CsCheck;
using Nestor.Evaluation.Tasks;

namespace Nestor.Tests.Evaluation.Tasks;

public sealed class ScoredWindowTests
{
    [Fact]
    public void Every_token_of_the_continuation_is_scored_once_after_as_much_as_the_context_holds() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 50], Gen.Int[1, 20]).Sample((before, scored, context) =>
        {
            var request = new ScoringRequest(new int[before + scored], scored);
            var windows = ScoredWindow.Of(request, context).ToList();
            Assert.Equal(Enumerable.Range(before, scored), windows.SelectMany(window => Enumerable.Range(window.End - window.Scored + 1, window.Scored)));
            Assert.All(windows, window =>
            {
                Assert.InRange(window.Length, 1, context);
                Assert.InRange(window.Scored, 1, window.Length);
                Assert.True(window.Start == 0 || window.Length == context, "What fits is read.");
            });
            Assert.Equal(windows.Any(window => window.Start > 0), ScoredWindow.Cuts(request, context));
        });

    [Fact]
    public void A_text_that_is_too_long_loses_its_beginning()
    {
        // 10 tokens, the last 3 scored, a context of 5: tokens 4 to 8 are read.
        Assert.Equal([new ScoredWindow(4, 9, 3)], ScoredWindow.Of(new ScoringRequest(new int[10], 3), contextLength: 5));

        // The last 8 scored: 3 after all there is, 5 after the five before each's last.
        Assert.Equal([new ScoredWindow(0, 4, 3), new ScoredWindow(4, 9, 5)], ScoredWindow.Of(new ScoringRequest(new int[10], 8), contextLength: 5));
    }
}
