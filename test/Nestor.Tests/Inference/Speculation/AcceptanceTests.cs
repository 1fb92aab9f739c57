using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Speculation;

namespace Nestor.Tests.Inference.Speculation;

public sealed class AcceptanceTests
{
    private const int Vocabulary = 8, Draws = 20_000;

    /// <summary>Any p and q, also without a common token: what stays or takes its place has the probabilities of p.</summary>
    [Fact]
    public void What_comes_out_is_drawn_from_p()
    {
        var weights = Gen.Double[0, 1].Select(w => w < 0.3 ? 0 : w).Array[Vocabulary].Where(w => w.Any(x => x > 0));
        Gen.Select(weights, weights, Gen.ULong).Sample((wp, wq, seed) =>
        {
            TokenDistribution p = Distribution(wp), q = Distribution(wq);
            var random = new Xoshiro256(seed);
            var acceptance = new Acceptance(random, Vocabulary);
            var counts = new int[Vocabulary];
            var stayed = 0;
            for (var i = 0; i < Draws; i++)
            {
                var token = q.Draw(random);
                var stays = acceptance.Accepts(token, p, q);
                counts[stays ? token : acceptance.DrawInstead(p, q)]++;
                stayed += stays ? 1 : 0;
            }

            // Six standard deviations: a right sampler fails once in a million runs of the test.
            var overlap = 0.0;
            for (var token = 0; token < Vocabulary; token++)
            {
                overlap += Math.Min(p.Probability(token), q.Probability(token));
                AssertNear(p.Probability(token), counts[token]);
            }

            AssertNear(Math.Min(1, overlap), stayed);
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void Certain_tokens_stay_where_they_agree_and_give_way_where_not()
    {
        var (random, p, q) = (new Xoshiro256(1), new TokenDistribution(), new TokenDistribution());
        var acceptance = new Acceptance(random, Vocabulary);
        p.SetCertain(3);
        q.SetCertain(3);
        Assert.True(acceptance.Accepts(3, p, q));
        q.SetCertain(5);
        Assert.False(acceptance.Accepts(5, p, q));
        Assert.Equal(3, acceptance.DrawInstead(p, q));
    }

    [Fact]
    public void Equal_distributions_leave_p_where_rounding_leaves_no_excess()
    {
        var p = Distribution([0, 0.25, 0.75, 0, 0, 0, 0, 0]);
        Assert.InRange(new Acceptance(new Xoshiro256(1), Vocabulary).DrawInstead(p, p), 1, 2);
    }

    private static void AssertNear(double probability, int count) =>
        Assert.InRange(count, Draws * probability - 6 * Deviation(probability) - 1e-6, Draws * probability + 6 * Deviation(probability) + 1e-6);

    private static double Deviation(double probability) => Math.Sqrt(Math.Max(0, Draws * probability * (1 - probability)));

    private static TokenDistribution Distribution(double[] weights)
    {
        var distribution = new TokenDistribution();
        distribution.Set([.. weights.Select((weight, token) => new Candidate(token, 0, weight)).Where(candidate => candidate.Weight > 0)]);
        return distribution;
    }
}
