using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed unsafe class RmsNormTests
{
    /// <summary>The sum is in double precision; scale and two products round once each: 4 · 2^-24 relative.</summary>
    [Fact]
    public void Normalising_is_the_formula_within_three_roundings() =>
        Gen.Int[1, 100].SelectMany(n => Gen.Select(Gen.Float[-50, 50].Array[n], Gen.Float[-2, 2].Array[n])).Sample((input, weight) =>
        {
            var output = Apply(input, weight);
            var scale = 1 / Math.Sqrt(input.Sum(x => (double)x * x) / input.Length + 1e-5f);
            for (var i = 0; i < input.Length; i++)
                Assert.InRange(Math.Abs(output[i] - input[i] * scale * weight[i]), 0, 4 * Math.Pow(2, -24) * Math.Abs(input[i] * scale * weight[i]) + 1e-37);
        });

    [Fact]
    public void Large_finite_vectors_are_normalised_and_bad_numbers_stay_bad()
    {
        Assert.All(Apply([.. Enumerable.Repeat(1e30f, 20)], [.. Enumerable.Repeat(1f, 20)]), y => Assert.Equal(1, y, 1e-6f));
        Assert.All(Apply([float.NaN, 1, 2], [1, 1, 1]), y => Assert.Equal(float.NaN, y));
        Assert.Equal(float.NaN, Apply([float.PositiveInfinity, 1, 2], [1, 1, 1])[0]);
    }

    [Fact]
    public void Tokens_are_normalised_each_on_its_own()
    {
        float[] one = [1, -2, 3, 4, 5, -6, 7, 8, 9, 10, 11, 12, -13, 14, 15, 16, 17, 18, 19], two = [.. one.Select(x => x * x)];
        var weight = one.Select(x => x / 10).ToArray();
        Assert.Equal([.. Apply(one, weight), .. Apply(two, weight)], Apply([.. one, .. two], weight));
    }

    private static float[] Apply(float[] input, float[] weight)
    {
        var buffer = Pinned.Copy(input);
        RmsNorm.Apply(buffer.Pointer, input.Length / weight.Length, Pinned.Copy(weight).Pointer, weight.Length, 1e-5f, buffer.Pointer);
        return Pinned.Take(buffer, input.Length);
    }
}
