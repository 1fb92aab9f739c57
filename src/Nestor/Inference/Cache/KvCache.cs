using Nestor.Inference.Cache;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>Keys and values of the tokens a decoder has read, for every layer, in pages of 64 positions.</summary>
/// <remarks>
/// Attention is full-size in every granularity (MatFormer §3.1), so one cache serves every width plan, and a plan may change from
/// token to token. Grows with the text, up to the context length. Not thread-safe; one cache is one sequence. A cache without a pool
/// of its user's need not be disposed: the garbage collector frees it.
/// </remarks>
public sealed class KvCache : IDisposable
{
    private readonly KvPool pool;
    private readonly List<KvPage> pages = [];
    private bool disposed;

    /// <summary>Creates an empty cache for a model, with memory of its own and no bound but the context length.</summary>
    /// <exception cref="NestorException">The configuration cannot be built.</exception>
    public KvCache(ModelConfig config)
        : this(new KvPool(config))
    {
    }

    /// <summary>Creates an empty cache that takes its memory from a pool; disposing it gives the memory back.</summary>
    public KvCache(KvPool pool) => this.pool = pool;

    /// <summary>Tokens read so far; the next token's position.</summary>
    public int Length { get; private set; }

    /// <summary>Most tokens the cache can hold.</summary>
    public int ContextLength => pool.ContextLength;

    internal KvLayout Layout => pool.Layout;

    /// <summary>Forgets all tokens after the first <paramref name="length"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or more than <see cref="Length"/>.</exception>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
        ReturnPages(from: KvLayout.PagesOf(length));
    }

    /// <summary>Gives all memory back to the pool; the cache cannot be used any more.</summary>
    public void Dispose()
    {
        disposed = true;
        Length = 0;
        ReturnPages(from: 0);
    }

    /// <summary>The page of positions <c>[64 * index, 64 * index + 64)</c>.</summary>
    internal KvPage Page(int index) => pages[index];

    /// <summary>Makes room for tokens after <see cref="Length"/>, without counting them yet: the pages they will be written to are this cache's alone.</summary>
    /// <exception cref="NestorException">They do not fit in the context, or in the pool's bound; the cache is unchanged.</exception>
    internal void Reserve(int tokens)
    {
        if (!TryReserve(tokens))
            throw pool.Exhausted(PagesWanted(tokens));
    }

    /// <summary>Makes room as <see cref="Reserve"/> does, unless the pool's bound does not allow it.</summary>
    /// <returns>Whether there is room; the cache is unchanged if not.</returns>
    /// <exception cref="NestorException">The tokens do not fit in the context.</exception>
    internal bool TryReserve(int tokens)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if ((long)Length + tokens > ContextLength)
            throw new NestorException($"{tokens} more tokens after the {Length} already read do not fit in the model's context of {ContextLength}; shorten the text, or forget some of it.");
        var wanted = PagesWanted(tokens);
        if (wanted == 0)
            return true;
        if (pool.TryRent(wanted) is not { } rented)
            return false;

        var next = 0;
        if (WritesSharedPage(tokens))
        {
            var last = Length / KvLayout.PageTokens;
            rented[next].CopyFrom(pages[last]);
            pool.Return(pages[last]);
            pages[last] = rented[next++];
        }

        pages.AddRange(rented.AsSpan(next));
        return true;
    }

    /// <summary>Pages that room for tokens would take from the pool, a copy of a shared page included.</summary>
    internal int PagesWanted(int tokens) =>
        Math.Max(0, KvLayout.PagesOf(Length + tokens) - pages.Count) + (WritesSharedPage(tokens) ? 1 : 0);

    /// <summary>Counts tokens whose keys and values have been written.</summary>
    internal void Advance(int tokens) => Length += tokens;

    /// <summary>Takes over a full page that another sequence wrote after the same tokens; the pool counts one more holder.</summary>
    /// <exception cref="InvalidOperationException">The tokens read so far do not fill their pages.</exception>
    internal void Append(KvPage shared)
    {
        if (Length != pages.Count * KvLayout.PageTokens)
            throw new InvalidOperationException("A shared page can only follow full pages.");
        pool.Share(shared);
        pages.Add(shared);
        Length += KvLayout.PageTokens;
    }

    /// <summary>Holds another page in the place of one, with the same content; so two sequences that wrote the same keep one of both.</summary>
    internal void Replace(int index, KvPage shared)
    {
        pool.Share(shared);
        pool.Return(pages[index]);
        pages[index] = shared;
    }

    // Only the page that a truncation ended in can be shared and written: shared pages are full ones.
    private bool WritesSharedPage(int tokens) =>
        tokens > 0 && Length % KvLayout.PageTokens != 0 && pool.IsShared(pages[Length / KvLayout.PageTokens]);

    private void ReturnPages(int from)
    {
        for (var i = from; i < pages.Count; i++)
            pool.Return(pages[i]);
        pages.RemoveRange(from, pages.Count - from);
    }
}
