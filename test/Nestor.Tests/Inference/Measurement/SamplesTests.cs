using Nestor.Inference.Measurement;

namespace Nestor.Tests.Inference.Measurement;

public sealed class SamplesTests
{
    [Theory]
    [InlineData(5, 5)]
    [InlineData(2, 9, 1, 2)]
    [InlineData(2.5, 4, 1, 3, 2)]
    [InlineData(double.NaN)]
    public void The_median_is_the_middle_one_whatever_the_order(double median, params double[] values)
    {
        var samples = new Samples();
        foreach (var value in values)
            samples.Add(value);
        Assert.Equal(median, samples.Median);
        Assert.Equal(values.Length, samples.Count);
    }
}
