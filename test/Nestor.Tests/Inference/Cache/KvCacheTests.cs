using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Cache;
using Nestor.Models;

namespace Nestor.Tests.Inference.Cache;

/// <summary>The laws of paged caches, with a number for each token in the place of what a decoder writes.</summary>
public sealed unsafe class KvCacheTests
{
    private const int Page = KvLayout.PageTokens;

    private static readonly ModelConfig Config = RandomModel.Small with { ContextLength = 5 * Page - 7 };

    private enum Step
    {
        Write,
        Truncate,
        Begin,
        Restart,
    }

    /// <summary>Several sequences over one bounded pool do anything at all; each always holds exactly what was written to it.</summary>
    [Fact]
    public void What_one_sequence_does_never_changes_another() =>
        Gen.Select(Gen.Int[0, 3], Gen.Enum<Step>(), Gen.Int[1, 150], Gen.Int[0, 3]).Array[60].Sample(steps =>
        {
            var pool = new KvPool(Config, maxBytes: 11 * new KvLayout(Config).PageBytes);
            var sequences = Enumerable.Range(0, 4).Select(_ => new Sequence(pool)).ToArray();
            var written = 0;
            foreach (var (index, step, size, other) in steps)
            {
                var sequence = sequences[index];
                switch (step)
                {
                    case Step.Write:
                        sequence.Write(Math.Min(size, Config.ContextLength - sequence.Tokens.Count), ref written);
                        break;
                    case Step.Truncate:
                        sequence.Truncate(Math.Min(size, sequence.Tokens.Count));
                        break;
                    case Step.Begin when other != index:
                        sequence.Restart();
                        sequence.BeginLike(sequences[other]);
                        break;
                    case Step.Restart:
                        sequence.Restart();
                        break;
                }

                foreach (var each in sequences)
                    each.Check();
                Assert.InRange(pool.UsedPages, 0, 11);
            }

            foreach (var sequence in sequences)
                sequence.Cache.Dispose();
            Assert.Equal(0, pool.UsedPages);
        }, iter: 150);

    [Fact]
    public void The_bound_holds_and_what_does_not_fit_leaves_everything_as_it_was()
    {
        var pool = new KvPool(Config, maxBytes: 3 * new KvLayout(Config).PageBytes + 5);
        Assert.Equal(3, pool.MaxPages);
        KvCache one = new(pool), two = new(pool);
        one.Reserve(2 * Page);
        one.Advance(2 * Page);
        var error = Assert.Throws<NestorException>(() => two.Reserve(Page + 1));
        Assert.Contains("2 more pages", error.Message, StringComparison.Ordinal);
        Assert.Contains("2 of the bound of 3", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 2), (two.Length, pool.UsedPages));

        two.Reserve(Page);
        Assert.False(one.TryReserve(1));
        one.Truncate(Page);
        two.Advance(Page);
        two.Reserve(Page);
        Assert.Equal(3, pool.UsedPages);
    }

    [Fact]
    public void A_pool_that_holds_no_page_is_refused()
    {
        var error = Assert.Throws<NestorException>(() => new KvPool(Config, maxBytes: 1000));
        Assert.Contains(new KvLayout(Config).PageBytes.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_that_is_used_again_holds_nothing_of_its_last_user()
    {
        var pool = new KvPool(Config);
        using (var first = new KvCache(pool))
        {
            first.Reserve(1);
            new Span<float>(first.Page(0).Keys(0, 0), (int)pool.Layout.PageLength).Fill(float.NaN);
        }

        using var second = new KvCache(pool);
        second.Reserve(1);
        Assert.Equal(-1, new Span<float>(second.Page(0).Keys(0, 0), (int)pool.Layout.PageLength).IndexOfAnyExcept(0f));
    }

    [Fact]
    public void Writing_into_a_shared_page_needs_a_page_of_its_own()
    {
        var pool = new KvPool(Config, maxBytes: 2 * new KvLayout(Config).PageBytes);
        KvCache writer = new(pool), reader = new(pool);
        writer.Reserve(Page);
        writer.Advance(Page);
        reader.Append(writer.Page(0));
        Assert.Equal(1, pool.UsedPages);
        reader.Truncate(Page - 1);
        Assert.Equal(1, reader.PagesWanted(1));
        reader.Reserve(1);
        Assert.NotSame(writer.Page(0), reader.Page(0));
        Assert.Equal(2, pool.UsedPages);

        // Its own now: writing again copies nothing.
        Assert.Equal(0, reader.PagesWanted(1));
    }

    [Fact]
    public void A_page_returns_once()
    {
        var pool = new KvPool(Config);
        var page = pool.TryRent(1)!.Single();
        pool.Return(page);
        Assert.Throws<InvalidOperationException>(() => pool.Return(page));
        Assert.Throws<InvalidOperationException>(() => pool.Share(page));
        var cache = new KvCache(pool);
        cache.Reserve(1);
        cache.Dispose();
        cache.Dispose();
        Assert.Equal(0, pool.UsedPages);
        Assert.Throws<ObjectDisposedException>(() => cache.Reserve(1));
    }

    [Fact]
    public void Threads_share_a_pool()
    {
        var pool = new KvPool(Config, maxBytes: 6 * new KvLayout(Config).PageBytes);
        Parallel.For(0, 200, i =>
        {
            using var cache = new KvCache(pool);
            if (cache.TryReserve(1 + i % (3 * Page)))
                Assert.InRange(pool.UsedPages, 1, 6);
        });
        Assert.Equal(0, pool.UsedPages);
    }

    /// <summary>Every part of every head begins at a cache line and overlaps no other.</summary>
    [Fact]
    public void Keys_and_values_are_aligned_panels() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 20]).Sample((layers, heads, half) =>
        {
            var config = Config with { FullWidths = WidthPlan.Uniform(8, layers), Heads = heads, KeyValueHeads = heads, HeadSize = 2 * half, Granularities = [] };
            var layout = new KvLayout(config);
            var page = new KvPage(layout);
            var end = (nuint)page.Keys(0, 0);
            for (var layer = 0; layer < layers; layer++)
            {
                for (var head = 0; head < heads; head++)
                {
                    Assert.Equal(end, (nuint)page.Keys(layer, head));
                    Assert.Equal(end + (nuint)(4 * 64 * 2 * half), (nuint)page.Values(layer, head));
                    end = (nuint)page.Values(layer, head) + (nuint)(4 * 64 * layout.ValueStride);
                    Assert.Equal((0u, 0u), ((uint)((nuint)page.Keys(layer, head) % 64), (uint)((nuint)page.Values(layer, head) % 64)));
                }
            }

            Assert.Equal((nuint)page.Keys(0, 0) + (nuint)layout.PageBytes, end);
            Assert.InRange(layout.ValueStride, 2 * half, 2 * half + 15);
        });

    /// <summary>A cache and what it should hold.</summary>
    private sealed class Sequence(KvPool pool)
    {
        public KvCache Cache { get; private set; } = new(pool);

        public List<int> Tokens { get; } = [];

        public void Write(int count, ref int written)
        {
            if (!Cache.TryReserve(count))
                return;
            for (var i = 0; i < count; i++)
            {
                Tokens.Add(++written);
                *At(Tokens.Count - 1, out var value) = written;
                *value = -written;
            }

            Cache.Advance(count);
        }

        public void Truncate(int length)
        {
            Cache.Truncate(length);
            Tokens.RemoveRange(length, Tokens.Count - length);
        }

        public void Restart()
        {
            Cache.Dispose();
            Cache = new KvCache(pool);
            Tokens.Clear();
        }

        public void BeginLike(Sequence other)
        {
            var full = other.Tokens.Count / Page;
            for (var i = 0; i < full; i++)
                Cache.Append(other.Cache.Page(i));
            Tokens.AddRange(other.Tokens.Take(full * Page));
        }

        public void Check()
        {
            Assert.Equal(Tokens.Count, Cache.Length);
            for (var i = 0; i < Tokens.Count; i++)
            {
                Assert.Equal(Tokens[i], *At(i, out var value));
                Assert.Equal(-Tokens[i], *value);
            }
        }

        // One element of keys and one of values, in the last layer and head.
        private float* At(int position, out float* value)
        {
            var page = Cache.Page(position / Page);
            value = page.Values(Config.Layers - 1, Config.KeyValueHeads - 1) + position % Page * Cache.Layout.ValueStride;
            return page.Keys(Config.Layers - 1, Config.KeyValueHeads - 1) + position % Page;
        }
    }
}
