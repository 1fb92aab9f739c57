using System.Globalization;
using Nestor.Models;

namespace Nestor.Tests.Models;

/// <summary>MatFormer, Table 4: parameter counts of the five models, in millions, to the printed digit.</summary>
public sealed class ParameterCountTests
{
    [Theory]
    [InlineData("matlm-78m", "78 74 72 71", "12.6 8.4 6.3 5.3", "8.4")]
    [InlineData("matlm-180m", "- - - 152", "50 - - -", "33.6")]
    [InlineData("matlm-310m", "310 272 253 244", "113 - - 47", "-")]
    [InlineData("matlm-463m", "- - 363 346", "201 134 - 84", "134")]
    [InlineData("matlm-850m", "- - 620 582", "453 302 227 189", "302")]
    public void The_papers_models_have_the_printed_sizes(string preset, string total, string nonEmbedding, string feedForward)
    {
        var config = ModelPresets.Get(preset);
        AssertPrinted(total, Counts(config).Select(c => c.Total));
        AssertPrinted(nonEmbedding, Counts(config).Select(c => c.NonEmbedding));
        AssertPrinted(feedForward, Counts(config).Select(c => c.FeedForward).Take(1));
    }

    /// <summary>
    /// The cells that no rounding of one architecture gives: two totals are names (180M, 850M), some are cut off instead of rounded
    /// (164, 463, 75, 56, 100), and the rest carry about 0.1 M or 0.8 M more than matrices and norms hold, in a model said to omit biases.
    /// </summary>
    [Theory]
    [InlineData("matlm-180m", "XL", 181.42, "180M")]
    [InlineData("matlm-180m", "L", 164.64, "164M, non-embedding 33.7M")]
    [InlineData("matlm-180m", "M", 156.25, "157M, non-embedding 25.3M")]
    [InlineData("matlm-180m", "S", 152.06, "non-embedding 21.1M")]
    [InlineData("matlm-310m", "XL", 309.88, "feed-forward 75.6M")]
    [InlineData("matlm-310m", "L", 272.13, "non-embedding 75M")]
    [InlineData("matlm-310m", "M", 253.26, "non-embedding 56M")]
    [InlineData("matlm-463m", "XL", 463.50, "463M")]
    [InlineData("matlm-463m", "L", 396.40, "397M")]
    [InlineData("matlm-463m", "M", 362.84, "non-embedding 100M")]
    [InlineData("matlm-850m", "XL", 846.25, "850M")]
    [InlineData("matlm-850m", "L", 695.26, "696M")]
    public void Where_the_table_disagrees_with_itself_the_exact_count_stands(string preset, string granularity, double millions, string printed)
    {
        var config = ModelPresets.Get(preset);
        var count = ParameterCount.Of(config, WidthPlanText.Parse(granularity, config));
        Assert.True(Math.Abs(count.Total / 1e6 - millions) < 0.006, $"{count.Total / 1e6:F2} counted, {millions} expected; the paper prints {printed}.");
    }

    [Fact]
    public void Gated_blocks_have_three_matrices_and_untied_heads_count_twice()
    {
        var config = ModelPresets.Get("tiny");
        var plan = config.FullWidths;
        var gated = ParameterCount.Of(config, plan);
        Assert.Equal(4 * 3 * 64 * 256, gated.FeedForward);
        Assert.Equal(4 * (2 * 64 * 64 + 2 * 64 * 32), gated.Attention);
        Assert.Equal(9 * 64, gated.Norm);
        Assert.Equal(2 * gated.Embedding, ParameterCount.Of(config with { TieEmbeddings = false }, plan).Embedding);
        Assert.Equal(gated.FeedForward * 2 / 3, ParameterCount.Of(config with { FeedForward = FeedForwardKind.Gelu }, plan).FeedForward);
    }

    private static IEnumerable<ParameterCount> Counts(ModelConfig config) =>
        config.Granularities.Reverse().Select(g => ParameterCount.Of(config, WidthPlan.Uniform(g.Width, config.Layers)));

    private static void AssertPrinted(string printed, IEnumerable<long> counts)
    {
        foreach (var (figure, count) in printed.Split(' ').Zip(counts))
        {
            var point = figure.IndexOf('.', StringComparison.Ordinal);
            var decimals = point < 0 ? 0 : figure.Length - point - 1;
            if (figure != "-")
                Assert.Equal(figure, (count / 1e6).ToString("F" + decimals, CultureInfo.InvariantCulture));
        }
    }
}
