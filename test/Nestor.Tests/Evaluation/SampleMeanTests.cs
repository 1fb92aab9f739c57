using CsCheck;
using Nestor.Evaluation;

namespace Nestor.Tests.Evaluation;

public sealed class SampleMeanTests
{
    [Fact]
    public void The_error_of_a_share_is_that_of_its_formula() =>
        Gen.Select(Gen.Int[2, 300], Gen.Int[0, 300]).Where((count, right) => right <= count).Sample((count, right) =>
        {
            var share = (double)right / count;
            var mean = SampleMean.Of([.. Enumerable.Range(0, count).Select(i => i < right ? 1.0 : 0.0)]);
            Assert.Equal(share, mean.Value, 1e-12);
            Assert.Equal(Math.Sqrt(share * (1 - share) / (count - 1)), mean.StandardError!.Value, 1e-12);
        });

    [Fact]
    public void Known_samples_have_a_known_error()
    {
        // 2, 4, 9: mean 5, squares 9 + 1 + 16 = 26, variance 13, error sqrt(13 / 3).
        var mean = SampleMean.Of([2, 4, 9]);
        Assert.Equal(5, mean.Value);
        Assert.Equal(Math.Sqrt(13.0 / 3), mean.StandardError!.Value, 1e-12);
    }

    [Fact]
    public void One_sample_has_no_error() => Assert.Null(SampleMean.Of([7]).StandardError);
}
