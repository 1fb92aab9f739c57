using CsCheck;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed unsafe class AttentionKernelTests
{
    private static readonly float[] Rare = [float.NegativeInfinity, 1e30f, -1e30f, 0, -0f];

    private static readonly Gen<float> Scores = Gen.Frequency((20, Gen.Float[-100, 100]), (1, Gen.Int[0, Rare.Length - 1].Select(i => Rare[i])));

    // Outputs of a row; often the 64 of a page, which some kernels treat apart.
    private static readonly Gen<int> Vectors = Gen.OneOf(Gen.Int[1, 9], Gen.Const(Tile.Rows / 16));

    [Fact]
    public void Every_kernel_multiplies_with_the_bits_of_the_plain_one() =>
        Gen.Select(Gen.Int[0, 1_000_000], Vectors, Gen.Int[1, 100], Gen.Int[1, 20], Gen.OneOf(Gen.Const(0), Gen.Int[0, 2]), Gen.Bool).Sample((seed, vectors, columns, rows, padding, add) =>
        {
            var random = new Random(seed);
            int lanes = 16 * vectors, panelStride = lanes + 16 * padding, inputStride = columns + padding, outputStride = lanes + 16 * padding;
            float[] panel = Values(random, columns * panelStride), input = Values(random, rows * inputStride), start = Values(random, rows * outputStride);
            if (seed % 3 == 0)
                input[random.Next(input.Length)] = seed % 2 == 0 ? float.NaN : float.PositiveInfinity;

            float[] Run(AttentionKernel kernel)
            {
                var output = Pinned.Copy(start);
                kernel.Multiply(
                    Pinned.Copy(panel).Pointer, panelStride, lanes, columns, Pinned.Copy(input).Pointer, inputStride, rows, output.Pointer, outputStride, add);
                return Pinned.Take(output, start.Length + 1);
            }

            var expected = Run(AttentionKernels.Plain);
            Assert.True(float.IsNaN(expected[^1]), "The product wrote behind its output.");
            foreach (var kernel in AttentionKernels.Supported)
                AssertSame(expected, Run(kernel), kernel);
        }, iter: 30);

    /// <summary>n columns and n + 1 roundings: |error| at most (n + 1) 2^-24 (sum |w x| + |y|).</summary>
    [Fact]
    public void The_plain_product_is_the_exact_one_within_its_rounding_bound() =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 100], Gen.Bool).Sample((seed, columns, add) =>
        {
            var random = new Random(seed);
            float[] panel = Values(random, columns * 16), input = Values(random, columns), start = Values(random, 16);
            var output = Pinned.Copy(start);
            AttentionKernels.Plain.Multiply(Pinned.Copy(panel).Pointer, 16, 16, columns, Pinned.Copy(input).Pointer, columns, 1, output.Pointer, 16, add);
            for (var lane = 0; lane < 16; lane++)
            {
                var products = Enumerable.Range(0, columns).Select(column => (double)panel[column * 16 + lane] * input[column]).Append(add ? start[lane] : 0).ToList();
                var bound = (columns + 1) * Math.Pow(2, -24) * products.Sum(Math.Abs);
                Assert.InRange(output.Pointer[lane], products.Sum() - bound, products.Sum() + bound);
            }
        }, iter: 30);

    [Fact]
    public void Every_kernel_weighs_scores_with_the_bits_of_the_plain_one() =>
        Gen.Select(Gen.Int[1, 100].SelectMany(count => Scores.Array[count]), Gen.Float[0.01f, 2]).Sample((scores, scale) =>
        {
            var expected = Softmax(AttentionKernels.Plain, scores, scale);
            foreach (var kernel in AttentionKernels.Supported)
                AssertSame(expected, Softmax(kernel, scores, scale), kernel);
        });

    /// <summary>Exponentials within 2^-22, whose sum of at most 100 terms adds 10 roundings, and a division and two products: 2^-19 of the weight.</summary>
    [Fact]
    public void Weights_are_the_softmax_and_zeros_follow_them() =>
        Gen.Select(Gen.Int[1, 100].SelectMany(count => Gen.Float[-20, 20].Array[count]), Gen.Float[0.01f, 2]).Sample((scores, scale) =>
        {
            var weights = Softmax(AttentionKernels.Best, scores, scale);
            var max = scores.Max(score => score * scale);
            var exact = scores.Select(score => Math.Exp(score * scale - max)).ToArray();
            for (var i = 0; i < weights.Length; i++)
            {
                var weight = i < exact.Length ? exact[i] / exact.Sum() : 0;
                Assert.InRange(weights[i], weight * (1 - Math.Pow(2, -19)) - 1e-37, weight * (1 + Math.Pow(2, -19)) + 1e-37);
            }
        });

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void One_bad_score_makes_every_weight_bad(float bad)
    {
        for (var at = 0; at < 37; at++)
        {
            var scores = new float[37];
            scores[at] = bad;
            foreach (var kernel in AttentionKernels.Supported)
                Assert.All(Softmax(kernel, scores, 1)[..37], weight => Assert.True(float.IsNaN(weight)));
        }
    }

    [Fact]
    public void A_score_of_minus_infinity_weighs_nothing()
    {
        foreach (var kernel in AttentionKernels.Supported)
            Assert.Equal([0.5f, 0, 0.5f], Softmax(kernel, [3, float.NegativeInfinity, 3], 1)[..3]);
    }

    private static float[] Softmax(AttentionKernel kernel, float[] scores, float scale)
    {
        var buffer = Pinned.Copy(scores);
        kernel.Softmax(buffer.Pointer, scores.Length, scale);
        var whole = (scores.Length + 15) / 16 * 16;
        Assert.True(float.IsNaN(buffer.Pointer[whole]), "The weights went behind their last vector.");
        return Pinned.Take(buffer, whole);
    }

    private static void AssertSame(float[] expected, float[] actual, AttentionKernel kernel)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]) || (float.IsNaN(expected[i]) && float.IsNaN(actual[i])),
                $"{kernel.Name}: {actual[i]:G9} instead of {expected[i]:G9} at {i}.");
        }
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
