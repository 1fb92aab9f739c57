using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Cache;
using Nestor.Inference.Kernels;
using Nestor.Inference.Network;
using Nestor.Models;
using Nestor.Models.Families;

namespace Nestor.Tests.Inference.Network;

public sealed unsafe class CachedAttentionTests
{
    /// <summary>Scores below 1 in magnitude, weights that sum to 1 and values below 1: the result is within 1e-5 of the exact one.</summary>
    [Fact]
    public void Every_head_mixes_the_values_it_may_see() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 20], Gen.Int[0, 150], Gen.Int[1, 70], Gen.Int[1, 250].Nullable()).Sample((keyValueHeads, sharing, half, position, tokens, window) =>
        {
            var text = new Text(keyValueHeads, sharing, 2 * half, position, tokens, window);
            var output = text.Mix(AttentionKernels.Best);
            for (var token = 0; token < tokens; token += 3)
            {
                for (var head = 0; head < text.Config.Heads; head++)
                {
                    var expected = text.Exactly(token, head);
                    for (var i = 0; i < expected.Length; i++)
                        Assert.Equal(expected[i], output[token][head * expected.Length + i], 1e-5);
                }
            }
        }, iter: 30);

    [Fact]
    public void Every_kernel_gives_the_bits_of_the_plain_one() =>
        Gen.Select(Gen.Int[1, 2], Gen.Int[1, 3], Gen.Int[1, 20], Gen.Int[0, 150], Gen.Int[1, 30], Gen.Int[1, 250].Nullable()).Sample((keyValueHeads, sharing, half, position, tokens, window) =>
        {
            var text = new Text(keyValueHeads, sharing, 2 * half, position, tokens, window);
            var plain = text.Mix(AttentionKernels.Plain);
            foreach (var kernel in AttentionKernels.Supported)
                Assert.Equal(plain, text.Mix(kernel));
        }, iter: 20);

    [Fact]
    public void What_lies_behind_a_tokens_position_never_matters()
    {
        var text = new Text(keyValueHeads: 2, sharing: 2, headSize: 10, position: 60, tokens: 20);
        var expected = text.Mix(AttentionKernels.Best);
        text.PoisonBehind(80);
        Assert.Equal(expected, text.Mix(AttentionKernels.Best));
    }

    [Fact]
    public void A_window_that_holds_every_position_changes_no_bit() =>
        Gen.Select(Gen.Int[0, 150], Gen.Int[1, 70], Gen.Int[0, 100]).Sample((position, tokens, more) =>
            Assert.Equal(
                new Text(2, 2, 10, position, tokens).Mix(AttentionKernels.Best),
                new Text(2, 2, 10, position, tokens, position + tokens + more).Mix(AttentionKernels.Best)), iter: 20);

    /// <summary>A text in a cache, and queries for its last tokens; all values random below a half in magnitude.</summary>
    private sealed class Text
    {
        private readonly Random random;
        private readonly KvCache cache;
        private readonly float[][] keys, values, queries;
        private readonly int position;

        public Text(int keyValueHeads, int sharing, int headSize, int position, int tokens, int? window = null)
        {
            this.position = position;
            Config = RandomModel.Small with { Heads = keyValueHeads * sharing, KeyValueHeads = keyValueHeads, HeadSize = headSize, ContextLength = 400, Family = ModelFamily.Mistral, SlidingWindow = window };
            random = new Random(headSize + 100 * position);
            cache = new KvCache(Config);
            cache.Reserve(position + tokens);
            keys = Values(position + tokens, keyValueHeads * headSize);
            values = Values(position + tokens, keyValueHeads * headSize);
            queries = Values(tokens, Config.Heads * headSize);
            for (var p = 0; p < keys.Length; p++)
                Store(p, keys[p], values[p]);
        }

        public ModelConfig Config { get; }

        public float[][] Mix(AttentionKernel kernel)
        {
            var space = new Workspace(Config, queries.Length, inputBytes: 4, threads: 1);
            for (var t = 0; t < queries.Length; t++)
                queries[t].CopyTo(new Span<float>(space.Query(t), queries[t].Length));
            var run = new RowRun(cache, Config.FullWidths, 0, queries.Length, position);
            var together = CachedAttention.TokensTogether(run);
            for (var first = 0; first < queries.Length; first += together)
            {
                for (var head = 0; head < Config.KeyValueHeads; head++)
                    CachedAttention.Mix(kernel, Config, 1, head, run, first, Math.Min(queries.Length, first + together), space, space.Member(0));
            }

            float[][] mixed = [.. queries.Select((query, t) => new ReadOnlySpan<float>(space.Mixed(t), query.Length).ToArray())];
            GC.KeepAlive(space);
            return mixed;
        }

        public double[] Exactly(int token, int head)
        {
            int size = Config.HeadSize, shared = head / (Config.Heads / Config.KeyValueHeads) * size;
            var seen = Enumerable.Range(0, position + token + 1).Where(p => position + token - p < (Config.SlidingWindow ?? int.MaxValue)).ToArray();
            var weights = seen
                .Select(p => Math.Exp(Enumerable.Range(0, size).Sum(i => (double)queries[token][head * size + i] * keys[p][shared + i]) / Math.Sqrt(size)))
                .ToArray();
            return [.. Enumerable.Range(0, size).Select(i => seen.Select((p, k) => weights[k] * values[p][shared + i]).Sum() / weights.Sum())];
        }

        public void PoisonBehind(int position)
        {
            var poison = Enumerable.Repeat(float.NaN, Config.KeyValueHeads * Config.HeadSize).ToArray();
            for (var p = position; p % KvLayout.PageTokens != 0; p++)
                Store(p, poison, poison);
        }

        private void Store(int p, float[] key, float[] value)
        {
            var page = cache.Page(p / KvLayout.PageTokens);
            for (var head = 0; head < Config.KeyValueHeads; head++)
            {
                for (var i = 0; i < Config.HeadSize; i++)
                {
                    page.Keys(1, head)[i * KvLayout.PageTokens + p % KvLayout.PageTokens] = key[head * Config.HeadSize + i];
                    page.Values(1, head)[p % KvLayout.PageTokens * cache.Layout.ValueStride + i] = value[head * Config.HeadSize + i];
                }
            }
        }

        private float[][] Values(int count, int size) =>
            [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, size).Select(_ => random.NextSingle() - 0.5f).ToArray())];
    }
}
