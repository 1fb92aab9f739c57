using System.Runtime.Intrinsics;
using CsCheck;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed class GeluTests
{
    private const double SinglePrecision = 6e-7;

    private static readonly float[] Ends = [0, -0f, 40, -40, 1e30f, -1e30f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.Epsilon];

    [Fact]
    public void Gelu_is_the_true_function_to_six_digits_also_in_its_tail()
    {
        for (var x = -13f; x < 13; x += 0.0037f)
            AssertClose(x);
        Gen.Float[-13, 13].Sample(AssertClose);
    }

    [Fact]
    public void Sixteen_numbers_have_the_bits_of_one() =>
        Gen.OneOf(Gen.Float[-20, 20], Gen.OneOf(Ends)).Array[16].Sample(x =>
        {
            var sixteen = Gelu.Of(Vector512.Create(x));
            for (var i = 0; i < 16; i++)
                Assert.Equal(Gelu.Of(x[i]), sixteen[i]);
        });

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(50f, 50f)]
    [InlineData(-50f, 0f)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.NaN, float.NaN)]
    public void The_ends_are_exact(float x, float expected) => Assert.Equal(expected, Gelu.Of(x) + 0f);

    private static void AssertClose(float x)
    {
        var expected = x * Normal.Below(x);
        Assert.InRange(Math.Abs(Gelu.Of(x) - expected), 0, SinglePrecision * Math.Abs(expected) + (Math.Abs(expected) < 1e-37 ? float.Epsilon : 0));
    }
}
