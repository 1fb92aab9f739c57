using CsCheck;
using Nestor.Cli.Voting;

namespace Nestor.Cli.Tests.Voting;

/// <summary>The statistics of <c>nestor reproduce voting</c>.</summary>
public sealed class StatisticsTests
{
    private static readonly Gen<bool[]> Flags = Gen.Bool.Array[40];

    private static readonly Gen<double[]> Values = Gen.Int[-9, 9].Select(number => (double)number).Array[8];

    [Fact]
    public void A_defence_does_not_differ_from_itself() => Flags.Sample(
        flags =>
        {
            var compared = PairedBootstrap.Of([(flags, flags)]);
            Assert.Equal(new PairedBootstrap(0, 0, 0, 1, 1), compared);
            Assert.Equal(1, compared.TwoSided);
        },
        iter: 5);

    [Fact]
    public void Exchanging_two_defences_turns_the_difference_around() => Gen.Select(Flags, Flags).Sample(
        (one, other) =>
        {
            var (there, back) = (PairedBootstrap.Of([(one, other)]), PairedBootstrap.Of([(other, one)]));
            Assert.Equal(-there.Difference, back.Difference, 12);
            Assert.Equal(there.NotAbove, back.NotBelow);
            Assert.Equal(there.TwoSided, back.TwoSided);
        },
        iter: 5);

    /// <summary>A tenth of the images differ, all in one direction: the difference of drawn images is binomial.</summary>
    [Fact]
    public void The_interval_is_that_of_the_binomial_distribution()
    {
        bool[] one = [.. Enumerable.Repeat(true, 400)], other = [.. Enumerable.Range(0, 400).Select(i => i >= 40)];
        var compared = PairedBootstrap.Of([(one, other)]);
        Assert.Equal(0.1, compared.Difference, 12);
        Assert.InRange(compared.Low, 0.1 - 2.2 * 0.015, 0.1 - 1.7 * 0.015);
        Assert.InRange(compared.High, 0.1 + 1.7 * 0.015, 0.1 + 2.2 * 0.015);
        Assert.Equal(0, compared.NotAbove);
    }

    /// <summary>The mean over seeds: a gain of one seed and an equal loss of another are no gain.</summary>
    [Fact]
    public void Seeds_count_equally()
    {
        bool[] all = [.. Enumerable.Repeat(true, 50)], none = new bool[50];
        Assert.Equal(new PairedBootstrap(0, 0, 0, 1, 1), PairedBootstrap.Of([(all, none), (none, all)]));
    }

    [Fact]
    public void Ranks_do_not_change_with_an_increasing_map() => Gen.Select(Values, Values).Where((first, second) => first.Distinct().Count() > 1 && second.Distinct().Count() > 1).Sample((first, second) =>
    {
        var correlation = RankCorrelation.Of(first, second);
        Assert.InRange(correlation, -1 - 1e-12, 1 + 1e-12);
        Assert.Equal(correlation, RankCorrelation.Of([.. first.Select(Math.Exp)], second), 12);
        Assert.Equal(-correlation, RankCorrelation.Of([.. first.Select(value => -value)], second), 12);
    });

    [Fact]
    public void Equal_values_share_their_ranks()
    {
        Assert.Equal(1, RankCorrelation.Of([1, 2, 3], [10, 20, 30]), 12);
        Assert.Equal(Math.Sqrt(3) / 2, RankCorrelation.Of([1, 2, 3], [5, 5, 9]), 12);
        Assert.True(double.IsNaN(RankCorrelation.Of([1, 2, 3], [4, 4, 4])));
    }
}
