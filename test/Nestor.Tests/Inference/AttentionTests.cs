using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed unsafe class AttentionTests
{
    /// <summary>Scores below 1 in magnitude, weights that sum to 1 and values below 1: the result is within 1e-5 of the exact one.</summary>
    [Fact]
    public void Every_head_mixes_the_values_it_may_see() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 40], Gen.Int[0, 40], Gen.Int[1, 6]).Sample((keyValueHeads, sharing, headSize, position, tokens) =>
        {
            int heads = keyValueHeads * sharing, positions = position + tokens, stride = keyValueHeads * headSize;
            var random = new Random(headSize + 100 * position);
            float[] query = Values(random, tokens * heads * headSize), keys = Values(random, positions * stride), values = Values(random, positions * stride);
            var output = Pinned.Copy(query);
            Attention.Apply(
                Pinned.Copy(query).Pointer, Pinned.Copy(keys).Pointer, Pinned.Copy(values).Pointer,
                position, tokens, heads, keyValueHeads, headSize, output.Pointer, new WorkSplit(2));

            for (var token = 0; token < tokens; token++)
            {
                for (var head = 0; head < heads; head++)
                {
                    int q = (token * heads + head) * headSize, kv = head / sharing * headSize;
                    var weights = Enumerable.Range(0, position + token + 1)
                        .Select(p => Math.Exp(Enumerable.Range(0, headSize).Sum(i => (double)query[q + i] * keys[p * stride + kv + i]) / Math.Sqrt(headSize)))
                        .ToArray();
                    for (var i = 0; i < headSize; i++)
                        Assert.Equal(weights.Select((w, p) => w * values[p * stride + kv + i]).Sum() / weights.Sum(), output.Pointer[q + i], 1e-5);
                }
            }
        }, iter: 50);

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
