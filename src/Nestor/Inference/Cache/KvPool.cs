using Nestor.Inference.Cache;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>The memory of many <see cref="KvCache"/>s of one model: pages of 64 positions, handed out as texts grow, shared where texts begin alike.</summary>
/// <remarks>A bound holds for all caches together. Returned pages are used again, cleared. Safe for concurrent use.</remarks>
public sealed class KvPool
{
    private readonly Lock guard = new();
    private readonly Stack<KvPage> free = [];
    private int used;

    /// <summary>Creates a pool; it holds no memory before a cache needs some.</summary>
    /// <param name="config">The model.</param>
    /// <param name="maxBytes">Most bytes of all pages together; no bound if not given.</param>
    /// <exception cref="NestorException">The configuration cannot be built, or not even one page fits in the bound.</exception>
    public KvPool(ModelConfig config, long? maxBytes = null)
    {
        Layout = new KvLayout(config);
        ContextLength = config.ContextLength;
        if (maxBytes < PageBytes)
            throw new NestorException($"{maxBytes} bytes for the key-value cache hold no page of this model, which takes {PageBytes} for {KvLayout.PageTokens} positions; allow at least that.");
        MaxPages = maxBytes is { } bytes ? (int)Math.Min(int.MaxValue, bytes / PageBytes) : null;
    }

    /// <summary>Bytes of a page: keys and values of 64 positions in every layer.</summary>
    public long PageBytes => Layout.PageBytes;

    /// <summary>Most pages in use at one time, or null without a bound.</summary>
    public int? MaxPages { get; }

    /// <summary>Pages in use now; one that several caches share counts once.</summary>
    public int UsedPages
    {
        get
        {
            lock (guard)
                return used;
        }
    }

    /// <summary>Most tokens one cache can hold: the model's context length.</summary>
    public int ContextLength { get; }

    internal KvLayout Layout { get; }

    /// <summary>Takes zeroed pages, all or none, each with one reference.</summary>
    /// <returns>The pages, or null if the bound leaves fewer.</returns>
    internal KvPage[]? TryRent(int count)
    {
        var pages = new KvPage[count];
        var recycled = 0;
        lock (guard)
        {
            if (count > (MaxPages ?? int.MaxValue) - used)
                return null;
            used += count;
            while (recycled < count && free.TryPop(out var page))
                pages[recycled++] = page;
        }

        try
        {
            for (var i = 0; i < count; i++)
            {
                if (i < recycled)
                    pages[i].Clear();
                else
                    pages[i] = new KvPage(Layout);
                pages[i].References = 1;
            }
        }
        catch
        {
            // Out of memory: what was taken is not in use.
            lock (guard)
                used -= count;
            throw;
        }

        return pages;
    }

    /// <summary>The error of a bound that leaves fewer pages than are wanted.</summary>
    internal NestorException Exhausted(int wanted) => new(
        $"{wanted} more pages of {PageBytes} bytes were wanted for the key-value cache, {UsedPages} of the bound of {MaxPages} are in use; allow the pool more memory, or end or shorten another text.");

    /// <summary>One more holder of a page that already has one.</summary>
    internal void Share(KvPage page)
    {
        lock (guard)
        {
            if (page.References <= 0)
                throw new InvalidOperationException("A page that nobody holds cannot be shared.");
            page.References++;
        }
    }

    /// <summary>One holder less; the last one returns the page to the pool.</summary>
    internal void Return(KvPage page)
    {
        lock (guard)
        {
            if (page.References <= 0)
                throw new InvalidOperationException("A page was returned more often than it was taken.");
            if (--page.References > 0)
                return;
            used--;
            free.Push(page);
        }
    }

    /// <summary>Whether others hold the page too, so that it must not be written.</summary>
    internal bool IsShared(KvPage page)
    {
        lock (guard)
            return page.References > 1;
    }
}
