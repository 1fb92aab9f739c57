using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed unsafe class RotaryPositionsTests
{
    private static readonly Gen<(int Half, int Heads, int Position)> Shapes = Gen.Select(Gen.Int[1, 40], Gen.Int[1, 3], Gen.Int[0, 2000]);

    /// <summary>Two products and a sum of rounded cosines and sines: |error| at most 4 · 2^-24 (|a| + |b|).</summary>
    [Fact]
    public void Each_pair_of_a_head_turns_by_its_positions_angle() =>
        Shapes.Sample((half, heads, position) =>
        {
            var input = Vector(2 * half * heads, seed: half);
            var output = Rotate(input, heads, position);
            for (var head = 0; head < heads; head++)
            {
                for (var i = 0; i < half; i++)
                {
                    var angle = position * (float)Math.Pow(10_000, -2.0 * i / (2 * half));
                    int first = head * 2 * half + i, second = first + half;
                    double a = input[first], b = input[second], bound = 4 * Math.Pow(2, -24) * (Math.Abs(a) + Math.Abs(b));
                    Assert.InRange(output[first] - (a * Math.Cos(angle) - b * Math.Sin(angle)), -bound, bound);
                    Assert.InRange(output[second] - (b * Math.Cos(angle) + a * Math.Sin(angle)), -bound, bound);
                }
            }
        });

    [Fact]
    public void A_score_depends_on_the_distance_of_two_positions_alone() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[0, 300], Gen.Int[0, 300]).Sample((query, key, shift) =>
        {
            float[] q = Vector(64, seed: 1), k = Vector(64, seed: 2);
            Assert.Equal(Score(q, query, k, key), Score(q, query + shift, k, key + shift), 1e-3);
        });

    [Fact]
    public void Position_zero_turns_nothing()
    {
        var input = Vector(48, seed: 3);
        Assert.Equal(input, Rotate(input, heads: 2, position: 0));
    }

    [Fact]
    public void Consecutive_tokens_have_the_bits_of_each_alone()
    {
        float[] one = Vector(40, seed: 4), two = Vector(40, seed: 5);
        Assert.Equal([.. Rotate(one, 2, 7), .. Rotate(two, 2, 8)], Rotate([.. one, .. two], 2, 7, tokens: 2));
    }

    private static double Score(float[] query, int queryPosition, float[] key, int keyPosition) =>
        Rotate(query, 1, queryPosition).Zip(Rotate(key, 1, keyPosition), (a, b) => (double)a * b).Sum();

    private static float[] Rotate(float[] input, int heads, int position, int tokens = 1)
    {
        var headSize = input.Length / heads / tokens;
        var positions = new RotaryPositions(headSize, 10_000f);
        FloatBuffer vectors = Pinned.Copy(input), cosines = Pinned.Copy(new float[tokens * headSize / 2]), sines = Pinned.Copy(new float[tokens * headSize / 2]);
        positions.Turns(position, tokens, cosines.Pointer, sines.Pointer);
        positions.Rotate(vectors.Pointer, tokens, heads, cosines.Pointer, sines.Pointer);
        return Pinned.Take(vectors, input.Length);
    }

    private static float[] Vector(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
}
