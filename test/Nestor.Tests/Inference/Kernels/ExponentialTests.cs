using System.Runtime.Intrinsics;
using CsCheck;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed class ExponentialTests
{
    private static readonly float[] Ends = [0, -0f, -87.33654f, -87.336555f, -88, float.NegativeInfinity, float.NaN, float.MinValue];

    [Fact]
    public void The_exponential_is_within_one_unit_in_the_last_place() =>
        Gen.Float[-87.33f, 0].Sample(x =>
        {
            var exact = Math.Exp(x);
            Assert.InRange(Exponential.Of(x) - exact, -MathF.BitIncrement((float)exact) + (double)(float)exact, MathF.BitIncrement((float)exact) - (double)(float)exact);
        }, iter: 20_000);

    [Fact]
    public void Sixteen_numbers_have_the_bits_of_one() =>
        Gen.OneOf(Gen.Float[-110, 0], Gen.Int[0, Ends.Length - 1].Select(i => Ends[i])).Array[16].Sample(x =>
        {
            var sixteen = Exponential.Of(Vector512.Create(x));
            for (var i = 0; i < 16; i++)
                Assert.Equal(BitConverter.SingleToInt32Bits(Exponential.Of(x[i])) | Nan(x[i]), BitConverter.SingleToInt32Bits(sixteen[i]) | Nan(x[i]));
        });

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(-87.4f, 0f)]
    [InlineData(-1e30f, 0f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.NaN, float.NaN)]
    public void The_ends_are_exact(float x, float exp) => Assert.Equal(exp, Exponential.Of(x));

    // Which NaN it is may differ.
    private static int Nan(float x) => float.IsNaN(x) ? -1 : 0;
}
