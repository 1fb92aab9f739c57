using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed unsafe class DotProductTests
{
    private static readonly Gen<(float[] Weights, float[] Values)> Pairs =
        Gen.Int[0, 150].SelectMany(n => Gen.Select(Gen.Float[-10, 10].Array[n], Gen.Float[-10, 10].Array[n]));

    /// <summary>32 partial sums of fused multiply-adds, then 5 additions and one rounding: |error| at most (n / 32 + 7) 2^-24 sum |w x|.</summary>
    [Fact]
    public void A_dot_product_is_the_exact_one_within_its_rounding_bound() =>
        Pairs.Sample((weights, values) =>
        {
            double exact = 0, magnitude = 0;
            for (var i = 0; i < weights.Length; i++)
            {
                exact += (double)weights[i] * values[i];
                magnitude += Math.Abs((double)weights[i] * values[i]);
            }

            var bound = (weights.Length / 32 + 7) * Math.Pow(2, -24) * magnitude;
            Assert.InRange(Dot(weights, values), exact - bound, exact + bound);
        });

    [Fact]
    public void Four_tokens_at_once_have_the_bits_of_each_alone() =>
        Gen.Int[0, 150].SelectMany(n => Gen.Select(Gen.Float[-10, 10].Array[n], Gen.Float[-10, 10].Array[4 * n])).Sample((weights, values) =>
        {
            var sums = stackalloc float[8];
            DotProduct.OfFour(Pinned.Copy(weights).Pointer, Pinned.Copy(values).Pointer, weights.Length, sums, stride: 2);
            for (var token = 0; token < 4; token++)
                Assert.Equal(Dot(weights, values[(token * weights.Length)..((token + 1) * weights.Length)]), sums[2 * token]);
        });

    [Fact]
    public void A_tail_of_zeros_changes_no_bit() =>
        Gen.Select(Pairs, Gen.Int[0, 70]).Sample((pair, zeros) =>
        {
            var (weights, values) = pair;
            var padded = new float[values.Length + zeros];
            values.CopyTo(padded, 0);
            Assert.Equal(Dot(weights, values), Dot([.. weights, .. Enumerable.Repeat(3f, zeros)], padded));
        });

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void One_bad_number_anywhere_makes_the_sum_bad(float bad)
    {
        for (var length = 1; length < 70; length++)
        {
            for (var at = 0; at < length; at++)
            {
                var values = new float[length];
                values[at] = bad;
                Assert.Equal(bad, Dot([.. Enumerable.Repeat(1f, length)], values));
            }
        }
    }

    [Fact]
    public void A_product_of_a_block_is_one_dot_product_for_each_row_and_token() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 70], Gen.Int[1, 9], Gen.Int[1, 4]).Sample((rows, columns, tokens, threads) =>
        {
            var random = new Random(rows + 100 * columns + 10_000 * tokens);
            float[] weights = Values(random, rows * columns), values = Values(random, tokens * columns), output = new float[tokens * rows];
            FloatBuffer matrix = Pinned.Copy(weights), input = Pinned.Copy(values), result = Pinned.Copy(output);
            MatrixProduct.Multiply(new Matrix(matrix.Pointer, rows, columns, columns), input.Pointer, tokens, result.Pointer, new WorkSplit(threads));
            for (var t = 0; t < tokens; t++)
            {
                for (var r = 0; r < rows; r++)
                    Assert.Equal(Dot(weights[(r * columns)..((r + 1) * columns)], values[(t * columns)..((t + 1) * columns)]), result.Pointer[t * rows + r]);
            }

            Assert.True(float.IsNaN(result.Pointer[tokens * rows]), "The product wrote behind its output.");
        });

    [Fact]
    public void Work_is_split_without_gap_or_overlap() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Long[1, 1_000_000], Gen.Int[1, 9]).Sample((items, cost, threads) =>
        {
            var visits = new int[items];
            new WorkSplit(threads).Run(items, cost, (first, end) =>
            {
                for (var i = first; i < end; i++)
                    Interlocked.Increment(ref visits[i]);
            });
            Assert.All(visits, count => Assert.Equal(1, count));
        });

    private static float Dot(float[] weights, float[] values) =>
        DotProduct.Of(Pinned.Copy(weights).Pointer, Pinned.Copy(values).Pointer, weights.Length);

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
