using CsCheck;
using Nestor.Training.Pruning;

namespace Nestor.Training.Tests.Pruning;

public sealed class WidthThresholdTests
{
    [Fact]
    public void The_largest_gap_is_found_wherever_the_units_lie() => Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int).Sample((kept, removed, seed) =>
    {
        var random = new Random(seed);
        double[] norms = [.. Enumerable.Range(0, kept).Select(_ => 1 + random.NextDouble()), .. Enumerable.Range(0, removed).Select(_ => 0.05 * (0.5 + 0.5 * random.NextDouble()))];
        random.Shuffle(norms);
        var found = new GapThreshold(5).Find(norms);
        Assert.True(found.IsCertain);
        Assert.Equal((kept, kept + removed), (found.Kept, found.Total));
        Assert.Equal(norms.Order().Skip(removed).First() / norms.Order().Skip(removed - 1).First(), found.Gap);
    });

    [Fact]
    public void Without_a_gap_nothing_is_pruned_and_it_says_so()
    {
        var found = new GapThreshold().Find([1.356, 1.355, 1.2, 0.9, 0.4]);
        Assert.Equal(new FoundWidth(5, 5, 0.4, 0, IsCertain: false), found);
        Assert.Equal(1, found.Gap);
    }

    [Fact]
    public void Ratios_among_what_is_nothing_do_not_count() => Assert.Equal(2, new GapThreshold().Find([1, 0.8, 1e-12, 1e-37, 0]).Kept);

    [Fact]
    public void Zeros_alone_are_no_reason_to_cut()
    {
        Assert.False(new GapThreshold().Find([0, 0]).IsCertain);
        Assert.False(new GapThreshold().Find([]).IsCertain);
    }

    [Fact]
    public void A_fixed_threshold_counts_what_is_above() => Assert.Equal(new FoundWidth(2, 4, 0.9, 0.2, IsCertain: true), new FixedThreshold(0.2).Find([0.1, 0.9, 0.2, 1.1]));
}
