using Nestor.Inference.Measurement;

namespace Nestor.Tests.Inference.Measurement;

public sealed class SamplesTests
{
    [Theory]
    [InlineData(5.0, 5.0)]
    [InlineData(2.0, 9.0, 1.0, 2.0)]
    [InlineData(2.5, 4.0, 1.0, 3.0, 2.0)]
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
