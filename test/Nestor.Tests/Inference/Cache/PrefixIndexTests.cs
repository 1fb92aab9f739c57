using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Cache;
using Nestor.Models;

namespace Nestor.Tests.Inference.Cache;

public sealed unsafe class PrefixIndexTests
{
    private const int Page = KvLayout.PageTokens;

    private static readonly ModelConfig Config = RandomModel.Small with { ContextLength = 8 * Page };

    private static readonly WidthPlan Wide = WidthPlan.Uniform(72, 3), Narrow = WidthPlan.Uniform(9, 3);

    private readonly KvPool pool = new(Config);

    private readonly PrefixIndex index;

    public PrefixIndexTests() => index = new PrefixIndex(pool);

    /// <summary>A text is written as a word of letters, one for each page; what a page holds spells all letters up to it.</summary>
    [Fact]
    public void A_text_takes_exactly_the_pages_it_shares_with_any_text_before() =>
        Gen.Select(Gen.String[Gen.Char["ab"], 1, 5], Gen.Bool).Array[1, 12].Sample(texts =>
        {
            var own = new KvPool(Config);
            var tree = new PrefixIndex(own);
            var before = new HashSet<(string, bool)>();
            foreach (var (text, wide) in texts)
            {
                using var cache = new KvCache(own);
                var node = tree.Extend(tree.Root, wide ? Wide : Narrow, Tokens(text), cache);
                var shared = cache.Length / Page;
                Assert.Equal(Enumerable.Range(0, text.Length + 1).Last(n => n == 0 || before.Contains((text[..n], wide))), shared);
                for (var i = 0; i < text.Length; i++)
                {
                    if (i >= shared)
                        node = Write(tree, cache, node, text[..(i + 1)], wide);
                    Assert.Equal(Content(text[..(i + 1)], wide), *cache.Page(i).Keys(0, 0));
                    before.Add((text[..(i + 1)], wide));
                }
            }

            Assert.Equal((before.Count, before.Count, before.Count), (tree.Count, tree.UnusedPages, own.UsedPages));
            Assert.Equal(before.Count, tree.Evict(int.MaxValue));
            Assert.Equal((0, 0), (tree.Count, own.UsedPages));
        }, iter: 200);

    [Fact]
    public void Two_texts_that_wrote_the_same_keep_one_page()
    {
        KvCache one = new(pool), two = new(pool);
        var first = Write(index, one, index.Root, "a", wide: true);
        var second = Write(index, two, index.Root, "a", wide: true);
        Assert.Same(first, second);
        Assert.Same(one.Page(0), two.Page(0));
        Assert.Equal(1, pool.UsedPages);
        Write(index, two, second, "ab", wide: true);
        one.Dispose();
        two.Dispose();
        Assert.Equal(2, pool.UsedPages);
    }

    [Fact]
    public void The_least_recently_used_pages_go_first_and_the_end_of_a_text_before_its_beginning()
    {
        foreach (var text in new[] { "ab", "cd" })
        {
            using var cache = new KvCache(pool);
            Write(index, cache, Write(index, cache, index.Root, text[..1], wide: true), text, wide: true);
        }

        Assert.Equal(2, Known("ab"));
        Assert.Equal(1, index.Evict(1));
        Assert.Equal((1, 2), (Known("cd"), Known("ab")));
        Assert.Equal(2, index.Evict(2));
        Assert.Equal((0, 1), (Known("cd"), Known("ab")));
    }

    [Fact]
    public void Pages_in_use_stay()
    {
        using var cache = new KvCache(pool);
        var node = Write(index, cache, index.Root, "a", wide: true);
        using (var other = new KvCache(pool))
        {
            index.Extend(index.Root, Wide, Tokens("a"), other);
            Write(index, other, node, "ab", wide: true);
        }

        Assert.Equal(1, index.UnusedPages);
        Assert.Equal(1, index.Evict(10));
        Assert.Equal(1, Known("ab"));
    }

    private int Known(string text)
    {
        using var cache = new KvCache(pool);
        index.Extend(index.Root, Wide, Tokens(text), cache);
        return cache.Length / Page;
    }

    private static PrefixNode Write(PrefixIndex index, KvCache cache, PrefixNode node, string text, bool wide)
    {
        cache.Reserve(Page);
        *cache.Page(text.Length - 1).Keys(0, 0) = Content(text, wide);
        cache.Advance(Page);
        return index.Add(node, wide ? Wide : Narrow, Tokens(text[^1..]), cache, text.Length - 1);
    }

    private static float Content(string text, bool wide) => text.Aggregate(wide ? 1 : 2, (sum, letter) => 3 * sum + letter - 'a');

    private static int[] Tokens(string text) => [.. text.SelectMany(letter => Enumerable.Range(letter, Page))];
}
