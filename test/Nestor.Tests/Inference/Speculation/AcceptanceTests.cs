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
        for (var seed = 1; seed <= 100; seed++)
        {
            var weights = new Random(seed);
            TokenDistribution p = Distribution(Weights(weights)), q = Distribution(Weights(weights));
            var random = new Xoshiro256((ulong)seed);
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

            // Five standard deviations: one of 200,000 checks of a right sampler fails by chance, and there are 900 of fixed seeds.
            var overlap = 0.0;
            for (var token = 0; token < Vocabulary; token++)
            {
                overlap += Math.Min(p.Probability(token), q.Probability(token));
                AssertNear(p.Probability(token), counts[token]);
            }

            AssertNear(Math.Min(1, overlap), stayed);
        }
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
        Assert.InRange(count, Draws * probability - 5 * Deviation(probability) - 1e-6, Draws * probability + 5 * Deviation(probability) + 1e-6);

    private static double Deviation(double probability) => Math.Sqrt(Math.Max(0, Draws * probability * (1 - probability)));

    // Some tokens have none, at least one has some.
    private static double[] Weights(Random random)
    {
        var some = random.Next(Vocabulary);
        return [.. Enumerable.Range(0, Vocabulary).Select(token => random.NextDouble() is var weight && (weight >= 0.3 || token == some) ? weight : 0)];
    }

    private static TokenDistribution Distribution(double[] weights)
    {
        var distribution = new TokenDistribution();
        int[] tokens = [.. Enumerable.Range(0, weights.Length).Where(token => weights[token] > 0)];
        distribution.Set(tokens, [.. tokens.Select(token => weights[token])]);
        return distribution;
    }
}
