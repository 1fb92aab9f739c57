using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed class RankedTokensTests
{
    // Few different scores, so that many are equal; both zeros, and tokens that are excluded.
    private static readonly Gen<float[]> AnyScores =
        Gen.OneOf(Gen.Int[-3, 3].Select(i => i / 2f), Gen.Const(-0f), Gen.Const(float.NegativeInfinity), Gen.Float[-1e30f, 1e30f]).Array[1, 90];

    [Fact]
    public void The_best_are_those_that_sorting_puts_first() =>
        Gen.Select(AnyScores, Gen.Int[1, 90]).Sample((scores, wanted) =>
        {
            var best = new int[Math.Min(wanted, scores.Length)];
            new RankedTokens().Best(scores, best);
            Assert.Equal(Enumerable.Range(0, scores.Length).OrderByDescending(token => scores[token]).ThenBy(token => token).Take(best.Length), best);
        });

    [Fact]
    public void Sorted_tokens_keep_their_weights() =>
        Gen.Select(AnyScores, Gen.Int).Sample((scores, seed) =>
        {
            int[] tokens = [.. Enumerable.Range(0, scores.Length)];
            new Random(seed).Shuffle(tokens);
            double[] weights = [.. tokens.Select(token => token * 10.0)];
            new RankedTokens().Sort(scores, tokens, weights);
            Assert.Equal(Enumerable.Range(0, scores.Length).OrderByDescending(token => scores[token]).ThenBy(token => token), tokens);
            Assert.Equal(tokens.Select(token => token * 10.0), weights);
        });
}
