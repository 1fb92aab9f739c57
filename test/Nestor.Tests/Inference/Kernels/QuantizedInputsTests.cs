using CsCheck;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed unsafe class QuantizedInputsTests
{
    [Fact]
    public void Every_value_is_within_half_a_scale_and_the_largest_becomes_127() =>
        Gen.Select(Gen.Float[-1, 1].Array[32], Gen.Int[-80, 80]).Sample((values, exponent) =>
        {
            var scaled = values.Select(value => MathF.ScaleB(value, exponent)).ToArray();
            var (scale, quantized) = Quantize(scaled);
            Assert.Equal(scaled.Max(Math.Abs) / 127, scale);
            Assert.Equal(127, quantized.Max(q => Math.Abs((int)q)));
            for (var i = 0; i < 32; i++)
                Assert.InRange((double)(scaled[i] / scale) - quantized[i], -0.5, 0.5);
        });

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(float.Epsilon, 0f)]
    [InlineData(1e-37f, 0f)]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.PositiveInfinity, float.NaN)]
    [InlineData(float.NegativeInfinity, float.NaN)]
    public void A_block_without_a_normal_scale_is_zeros(float value, float scale)
    {
        var values = new float[32];
        values[17] = value;
        var quantized = Quantize(values);
        Assert.Equal(scale, quantized.Scale);
        Assert.All(quantized.Quantized, q => Assert.Equal(0, q));
    }

    [Fact]
    public void Vectors_give_the_bits_of_the_plain_quantiser() =>
        Gen.Select(Gen.OneOf(Gen.Float, Gen.Float[-1, 1]).Array[32], Gen.Bool).Sample((values, finite) =>
        {
            values = finite ? [.. values.Select(value => float.IsFinite(value) ? value : 1)] : values;
            var (scale, quantized) = Quantize(values);
            var vectorScale = QuantizedInputs.Quantize(Pinned.Copy(values).Pointer, out var vector, out var sum);
            Assert.Equal(scale, vectorScale);
            Assert.Equal(quantized.Sum(q => q), sum);
            for (var i = 0; i < 32; i++)
                Assert.Equal(quantized[i], vector[i]);
        });

    private static (float Scale, sbyte[] Quantized) Quantize(float[] values)
    {
        var quantized = stackalloc sbyte[32];
        var scale = QuantizedInputs.Quantize(Pinned.Copy(values).Pointer, quantized);
        return (scale, new ReadOnlySpan<sbyte>(quantized, 32).ToArray());
    }
}
