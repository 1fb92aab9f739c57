using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed class TokenDistributionTests
{
    /// <summary>More tokens than a draw passes over at once, many of which weigh nothing.</summary>
    private static readonly Gen<double[]> Weights = Gen.OneOf(Gen.Const(0.0), Gen.Double[0.01, 1]).Array[1, 700].Where(weights => weights.Any(weight => weight > 0));

    [Fact]
    public void A_draw_is_the_token_whose_part_of_the_whole_holds_the_random_number() =>
        Gen.Select(Weights, Gen.ULong).Sample((weights, seed) =>
        {
            var distribution = new TokenDistribution();
            distribution.Set([.. weights.Select((_, i) => 3 * i)], weights);
            Assert.Equal(weights.Sum(), distribution.Total, 1e-9);
            Xoshiro256 random = new(seed), twin = new(seed);
            for (var i = 0; i < 20; i++)
            {
                var (token, place) = (distribution.Draw(random), twin.NextUnit() * distribution.Total);
                var before = weights.Take(token / 3).Sum();
                Assert.True(weights[token / 3] > 0);
                Assert.InRange(place, before - 1e-9, before + weights[token / 3] + 1e-9);
            }
        });

    [Fact]
    public void The_excess_of_every_token_and_of_listed_ones_is_the_same() =>
        Gen.Select(Gen.Float[-5, 5].Array[20], Gen.Float[-5, 5].Array[20]).Sample((scores, others) =>
        {
            var (sampler, p, q, listed) = (new Sampler(new SamplingOptions()), new TokenDistribution(), new TokenDistribution(), new TokenDistribution());
            sampler.Distribute(scores, p);
            sampler.Distribute(others, q);
            listed.Set([.. Enumerable.Range(0, 20)], [.. Enumerable.Range(0, 20).Select(p.Probability)]);
            var (excess, again, scratch) = (new TokenDistribution(), new TokenDistribution(), new double[20]);
            excess.SetExcess(p, q, scratch);
            again.SetExcess(listed, q, scratch);
            Assert.All(scratch, value => Assert.Equal(0, value));
            var sum = Enumerable.Range(0, 20).Sum(token => Math.Max(0, p.Probability(token) - q.Probability(token)));
            for (var token = 0; token < 20; token++)
            {
                Assert.Equal(Math.Max(0, p.Probability(token) - q.Probability(token)) / sum, excess.Probability(token), 1e-9);
                Assert.Equal(excess.Probability(token), again.Probability(token), 1e-9);
            }
        });
}
