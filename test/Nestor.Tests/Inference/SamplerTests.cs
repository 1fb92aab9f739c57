using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed class SamplerTests
{
    private static readonly float[] Scores = [0.5f, 2f, -1f, 1.5f, 0f, 2f, -3f, 1f];

    private static readonly Gen<float[]> AnyScores = Gen.Float[-8, 8].Array[1, 40];

    /// <summary>The published first outputs of xoshiro256** from the state 1, 2, 3, 4.</summary>
    [Fact]
    public void The_random_numbers_are_those_of_the_published_generator()
    {
        var random = new Xoshiro256(1, 2, 3, 4);
        Assert.Equal([11520ul, 0ul, 1509978240ul, 1215971899390074240ul, 1216172134540287360ul, 607988272756665600ul], Enumerable.Range(0, 6).Select(_ => random.Next()));
    }

    /// <summary>Written down once: these draws may never change, or the same seed gives another text.</summary>
    [Fact]
    public void The_same_seed_gives_the_same_tokens_for_ever()
    {
        var sampler = new Sampler(new SamplingOptions { Seed = 42, Temperature = 0.9, TopK = 6, TopP = 0.95 });
        Assert.Equal("1 5 3 7 0 3 3 7 3 5 3 1 3 1 3 7 5 7 3 3", string.Join(' ', Enumerable.Range(0, 20).Select(_ => sampler.Sample(Scores))));
    }

    [Fact]
    public void Greedy_takes_the_first_of_the_most_probable_tokens() => Assert.Equal(1, new Sampler(SamplingOptions.Greedy).Sample(Scores));

    [Theory]
    [InlineData(1.0, 0, 1.0, 0.0)]
    [InlineData(0.5, 0, 1.0, 0.0)]
    [InlineData(2.0, 3, 1.0, 0.0)]
    [InlineData(1.0, 0, 0.8, 0.0)]
    [InlineData(1.5, 0, 1.0, 0.4)]
    [InlineData(0.7, 5, 0.9, 0.2)]
    public void Tokens_are_drawn_with_their_probabilities(double temperature, int topK, double topP, double minP)
    {
        var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, Seed = 7 };
        var expected = Probabilities(Scores, options);
        var sampler = new Sampler(options);
        const int draws = 40_000;
        var counts = new int[Scores.Length];
        for (var i = 0; i < draws; i++)
            counts[sampler.Sample(Scores)]++;

        double chiSquare = 0;
        for (var token = 0; token < Scores.Length; token++)
        {
            if (expected[token] == 0)
                Assert.Equal(0, counts[token]);
            else
                chiSquare += Math.Pow(counts[token] - draws * expected[token], 2) / (draws * expected[token]);
        }

        // 99.9 % quantile of chi-square with 7 degrees of freedom, the most there can be.
        Assert.InRange(chiSquare, 0, 24.3);
    }

    [Fact]
    public void A_token_outside_the_options_is_never_drawn() =>
        Gen.Select(AnyScores, Gen.Double[0.1, 3], Gen.Int[0, 45], Gen.Double[0.05, 1], Gen.Double[0, 1], Gen.ULong)
            .Sample((scores, temperature, topK, topP, minP, seed) =>
            {
                var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, Seed = seed };
                var probabilities = Probabilities(scores, options with { TopP = Math.Min(1, topP * (1 + 1e-9)) }); // sums round differently
                var sampler = new Sampler(options);
                for (var i = 0; i < 20; i++)
                    Assert.True(probabilities[sampler.Sample(scores)] > 0);
            });

    [Fact]
    public void The_distribution_is_the_one_that_tokens_are_drawn_from() =>
        Gen.Select(AnyScores, Gen.Double[0.1, 3], Gen.Int[0, 45], Gen.Double[0.05, 1], Gen.Double[0, 1]).Sample((scores, temperature, topK, topP, minP) =>
        {
            var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };
            var distribution = new TokenDistribution();
            new Sampler(options).Distribute(scores, distribution);
            var expected = Probabilities(scores, options);
            for (var token = 0; token < scores.Length; token++)
                Assert.Equal(expected[token], distribution.Probability(token), 1e-9);

            Sampler one = new(options), other = new(options);
            for (var i = 0; i < 20; i++)
                Assert.Equal(one.Sample(scores), distribution.Draw(other.Random));
        });

    [Fact]
    public void At_temperature_0_the_distribution_is_certain()
    {
        var distribution = new TokenDistribution();
        new Sampler(SamplingOptions.Greedy).Distribute(Scores, distribution);
        Assert.Equal((1, 0), (distribution.Probability(1), distribution.Probability(5)));
    }

    [Fact]
    public void The_most_probable_token_is_found_in_scores_of_any_number() =>
        Gen.Int[-3, 3].Select(i => (float)i).Array[1, 70].Sample(scores =>
        {
            var token = new Sampler(SamplingOptions.Greedy).Sample(scores);
            Assert.Equal(Array.IndexOf(scores, scores.Max()), token);
            var sum = scores.Sum(score => Math.Exp((double)score - scores.Max()));
            Assert.Equal(1 / sum, Nestor.Inference.Scores.LargestProbability(scores), 1e-6);
        });

    [Fact]
    public void Choosing_tokens_allocates_nothing_once_there_is_room()
    {
        var random = new Random(1);
        var scores = Enumerable.Range(0, 500).Select(_ => (float)random.NextDouble() * 9).ToArray();
        foreach (var options in new[] { SamplingOptions.Greedy, new(), new() { TopK = 40, TopP = 0.9, MinP = 0.01 }, new() { TopP = 0.95 } })
        {
            var (sampler, distribution) = (new Sampler(options), new TokenDistribution());
            Assert.Equal(0, Allocation.OfEach(() =>
            {
                for (var i = 0; i < 20; i++)
                {
                    sampler.Sample(scores);
                    sampler.Distribute(scores, distribution);
                    distribution.Draw(sampler.Random);
                }
            }));
        }
    }

    [Fact]
    public void One_candidate_is_greedy_however_it_is_asked_for() =>
        Gen.Select(AnyScores, Gen.ULong).Sample((scores, seed) =>
        {
            var greedy = new Sampler(SamplingOptions.Greedy).Sample(scores);
            Assert.Equal(greedy, new Sampler(new SamplingOptions { TopK = 1, Seed = seed }).Sample(scores));
            Assert.Equal(greedy, new Sampler(new SamplingOptions { TopP = 1e-9, Seed = seed }).Sample(scores));
        });

    [Fact]
    public void Excluded_tokens_stay_excluded()
    {
        float[] scores = [float.NegativeInfinity, 1, float.NegativeInfinity];
        for (ulong seed = 0; seed < 50; seed++)
            Assert.Equal(1, new Sampler(new SamplingOptions { Seed = seed, Temperature = 50 }).Sample(scores));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Damaged_scores_are_reported(float bad)
    {
        foreach (var options in new[] { SamplingOptions.Greedy, new SamplingOptions() })
        {
            var error = Assert.Throws<NestorException>(() => new Sampler(options).Sample([1, bad, 2]));
            Assert.Contains("token 1", error.Message, StringComparison.Ordinal);
            var many = new float[40];
            many[20] = bad;
            Assert.Contains("token 20", Assert.Throws<NestorException>(() => new Sampler(options).Sample(many)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Scores_that_leave_no_token_are_reported()
    {
        Assert.Throws<NestorException>(() => new Sampler(new SamplingOptions()).Sample([]));
        Assert.Throws<NestorException>(() => new Sampler(SamplingOptions.Greedy).Sample([float.NegativeInfinity, float.NegativeInfinity]));
    }

    [Fact]
    public void Options_out_of_range_are_all_listed_in_one_error()
    {
        var options = new SamplingOptions { Temperature = double.NaN, TopK = -1, TopP = 0, MinP = 2 };
        var error = Assert.Throws<NestorException>(() => new Sampler(options));
        foreach (var name in new[] { "temperature", "top-k", "top-p", "min-p" })
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    /// <summary>What the options say, by sorting: slow and plain.</summary>
    private static double[] Probabilities(float[] scores, SamplingOptions options)
    {
        double Weight(int token) => Math.Exp(((double)scores[token] - scores.Max()) / options.Temperature);
        var order = Enumerable.Range(0, scores.Length).OrderByDescending(t => scores[t]).ThenBy(t => t).ToList();
        if (options.TopK > 0)
            order = order.Take(options.TopK).ToList();

        var total = order.Sum(Weight);
        double sum = 0;
        var nucleus = new List<int>();
        foreach (var token in order)
        {
            nucleus.Add(token);
            sum += Weight(token);
            if (sum >= options.TopP * total)
                break;
        }

        nucleus.RemoveAll(token => Weight(token) < options.MinP);
        var probabilities = new double[scores.Length];
        foreach (var token in nucleus)
            probabilities[token] = Weight(token) / nucleus.Sum(Weight);
        return probabilities;
    }
}
