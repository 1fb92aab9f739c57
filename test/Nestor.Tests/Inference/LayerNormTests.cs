using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed unsafe class LayerNormTests
{
    private const float Epsilon = 1e-6f;

    private static readonly Gen<(float[] X, float[] Weight, float[] Bias)> Vectors =
        Gen.Int[1, 100].SelectMany(size => Gen.Select(Gen.Float[-3, 5].Array[size], Gen.Float[-2, 2].Array[size], Gen.Float[-1, 1].Array[size]));

    [Fact]
    public void The_fast_norm_has_the_bits_of_the_plain_one() =>
        Vectors.Sample(given => Assert.Equal(Apply(given, LayerNorm.ApplyPlainly), Apply(given, LayerNorm.Apply)));

    [Fact]
    public void It_is_the_function_in_double_precision() =>
        Vectors.Sample(given =>
        {
            var (x, weight, bias) = given;
            var mean = x.Average(v => (double)v);
            var variance = x.Average(v => (v - mean) * (v - mean));
            if (variance < 1e-4)
                return; // nothing but rounding errors is left to divide by
            var found = Apply(given, LayerNorm.Apply);
            for (var i = 0; i < x.Length; i++)
                Assert.Equal((x[i] - mean) / Math.Sqrt(variance + Epsilon) * weight[i] + bias[i], found[i], 1e-4);
        });

    [Fact]
    public void A_vector_of_one_value_becomes_the_bias() =>
        Assert.Equal([1, 2, 3], Apply(([7, 7, 7], [5, 5, 5], [1, 2, 3]), LayerNorm.Apply));

    private delegate void Norm(float* input, float* weight, float* bias, int size, float epsilon, float* output);

    private static float[] Apply((float[] X, float[] Weight, float[] Bias) given, Norm norm)
    {
        FloatBuffer x = Pinned.Zeroed(given.X), weight = Pinned.Zeroed(given.Weight), bias = Pinned.Zeroed(given.Bias), output = new(given.X.Length);
        norm(x.Pointer, weight.Pointer, bias.Pointer, given.X.Length, Epsilon, output.Pointer);
        return Pinned.Take(output, given.X.Length);
    }
}
