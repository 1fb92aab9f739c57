using System.Runtime.Intrinsics;
using CsCheck;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed class DoubleExponentialTests
{
    /// <summary>Two units in the last place, of which the comparison's own exponential may take one.</summary>
    [Fact]
    public void The_exponential_is_within_two_units_in_the_last_place() =>
        Gen.Double[-708.38, 0].Array[8].Sample(x =>
        {
            var result = DoubleExponential.Of(Vector512.Create(x));
            for (var i = 0; i < x.Length; i++)
                Assert.InRange(result[i] / Math.Exp(x[i]) - 1, -Math.Pow(2, -51), Math.Pow(2, -51));
        }, iter: 20_000);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-708.4, 0)]
    [InlineData(-1e300, 0)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.NaN, double.NaN)]
    public void The_ends_are_exact(double x, double exp) => Assert.Equal(Vector512.Create(exp), DoubleExponential.Of(Vector512.Create(x)));
}
