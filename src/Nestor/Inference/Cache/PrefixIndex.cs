using Nestor.Models;

namespace Nestor.Inference.Cache;

/// <summary>Finds the pages of texts that begin alike, so that a beginning is read once: a tree of full pages.</summary>
/// <remarks>
/// Keys and values depend on all tokens before and on the plan that computed them, so both are the key of a page. The index is a
/// holder of its pages like a cache is; those that nobody else holds stay until memory is needed, and the least recently used go
/// first. Whoever holds a page of the index holds all pages before it. Not thread-safe.
/// </remarks>
internal sealed class PrefixIndex(KvPool pool)
{
    // Last used first. A page counts as used when one that follows it is, so behind each page come those that follow it.
    private readonly LinkedList<PrefixNode> uses = [];

    /// <summary>Pages in the index.</summary>
    public int Count => uses.Count;

    /// <summary>Pages that nobody but the index holds.</summary>
    public int UnusedPages => uses.Count(node => !pool.IsShared(node.Page!));

    /// <summary>Where all texts begin.</summary>
    public PrefixNode Root { get; } = new();

    /// <summary>Appends to a cache the longest run of known pages that continue it.</summary>
    /// <param name="node">The cache's last page, or the root where it is empty.</param>
    /// <param name="plan">The plan that would read the tokens.</param>
    /// <param name="tokens">The tokens after those in the cache.</param>
    /// <param name="cache">A cache of full pages.</param>
    /// <returns>The cache's last page now.</returns>
    public PrefixNode Extend(PrefixNode node, WidthPlan plan, ReadOnlyMemory<int> tokens, KvCache cache)
    {
        var last = node;
        for (; tokens.Length >= KvLayout.PageTokens; tokens = tokens[KvLayout.PageTokens..])
        {
            if (last.Find(plan, tokens[..KvLayout.PageTokens]) is not { } next)
                break;
            cache.Append(next.Page!);
            last = next;
        }

        if (last != node)
            Touch(last);
        return last;
    }

    /// <summary>Adds a page of a cache. Where the index has a page of these tokens already, the cache takes that in the place of its own.</summary>
    /// <param name="node">The page before, or the root.</param>
    /// <param name="plan">The plan that read all of the page's tokens.</param>
    /// <param name="tokens">The page's 64 tokens.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="page">Which of its pages.</param>
    /// <returns>The page in the index.</returns>
    public PrefixNode Add(PrefixNode node, WidthPlan plan, ReadOnlyMemory<int> tokens, KvCache cache, int page)
    {
        var added = node.Find(plan, tokens);
        if (added is null)
        {
            pool.Share(cache.Page(page));
            added = node.Add(plan, tokens, cache.Page(page));
            uses.AddFirst(added.Use!);
        }
        else if (added.Page != cache.Page(page))
        {
            cache.Replace(page, added.Page!);
        }

        Touch(added);
        return added;
    }

    /// <summary>Gives pages that nobody else holds back to the pool, the least recently used first.</summary>
    /// <returns>How many; fewer than wanted if there are no more.</returns>
    public int Evict(int count)
    {
        var evicted = 0;
        for (var use = uses.Last; use is not null && evicted < count;)
        {
            var node = use.Value;
            use = use.Previous;
            if (pool.IsShared(node.Page!))
                continue;
            node.Remove();
            uses.Remove(node.Use!);
            pool.Return(node.Page!);
            evicted++;
        }

        return evicted;
    }

    private void Touch(PrefixNode last)
    {
        for (var node = last; node.Parent is { } parent; node = parent)
        {
            uses.Remove(node.Use!);
            uses.AddFirst(node.Use!);
        }
    }
}
