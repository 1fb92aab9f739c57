using Nestor.Inference.Speculation;

namespace Nestor.Tests.Inference.Speculation;

public sealed class ReadingCostTests
{
    [Fact]
    public void Given_costs_grow_with_each_further_token()
    {
        var cost = ReadingCost.Given(0.5, 0.1);
        Assert.False(cost.IsMeasured);
        Assert.Equal([0.5, 0.55, 0.6], new[] { cost.Of(1), cost.Of(2), cost.Of(3) });
    }

    [Fact]
    public void Between_measured_lengths_costs_are_interpolated_and_beyond_them_they_go_on()
    {
        var cost = ReadingCost.Measured(6);
        Assert.Equal(0, cost.Of(3));
        cost.Add(2, 1);
        Assert.Equal([1, 1, 1, 1], Enumerable.Range(1, 4).Select(cost.Of));
        cost.Add(4, 2);
        Assert.Equal([1, 1, 1.5, 2, 2.5, 3, 3.5], Enumerable.Range(1, 7).Select(cost.Of));
    }

    [Fact]
    public void Disturbances_do_not_count_and_what_is_long_past_neither()
    {
        var cost = ReadingCost.Measured(1);
        for (var i = 0; i < 100; i++)
            cost.Add(1, i % 3 == 0 ? 1 : 50);
        Assert.Equal(1, cost.Of(1));
        for (var i = 0; i < 9; i++)
            cost.Add(1, 3);
        Assert.Equal(3, cost.Of(1));
        cost.Add(2, 9);
        Assert.Equal(3, cost.Of(2));
    }

    [Fact]
    public void A_length_measured_once_or_twice_can_be_forgotten_and_is_then_interpolated_again()
    {
        var cost = ReadingCost.Measured(3);
        for (var i = 0; i < 3; i++)
        {
            cost.Add(1, 1);
            cost.Add(3, 2);
        }

        cost.Add(2, 50);
        Assert.Equal(50, cost.Of(2));
        cost.ForgetRare();
        Assert.Equal([1, 1.5, 2], Enumerable.Range(1, 3).Select(cost.Of));
    }

    [Fact]
    public void Measuring_allocates_nothing()
    {
        var cost = ReadingCost.Measured(4);
        Assert.Equal(0, Allocation.OfEach(() =>
        {
            for (var i = 0; i < 20; i++)
                cost.Add(2, cost.Of(2) + i);
        }));
    }
}
