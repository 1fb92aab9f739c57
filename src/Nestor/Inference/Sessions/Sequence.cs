using Nestor.Inference.Cache;
using Nestor.Models;

namespace Nestor.Inference.Sessions;

/// <summary>A session as the scheduler sees it: its tokens, the plans that read them, and its cache while it has one.</summary>
/// <remarks>
/// A sequence without a cache can always be computed again, because tokens and plans are kept and every token is drawn once. Only the
/// last token may not have a plan yet: it takes the session's when it is read.
/// </remarks>
internal sealed class Sequence
{
    private readonly List<(int Start, WidthPlan Plan)> plans;
    private int[] tokens;
    private int planned;
    private PrefixNode? node;
    private int indexedPages;

    /// <summary>Creates a sequence of a prompt.</summary>
    /// <param name="session">Where its tokens go.</param>
    /// <param name="sampler">Draws the tokens.</param>
    /// <param name="text">Turns them into text.</param>
    /// <param name="prompt">At least one token.</param>
    /// <param name="mostPositions">Most tokens it will ever read.</param>
    public Sequence(Session session, Sampler sampler, Continuation text, int[] prompt, int mostPositions)
    {
        (Session, Sampler, Text, tokens, MostPositions) = (session, sampler, text, prompt, mostPositions);
        Count = planned = prompt.Length;
        plans = [(0, session.Plan)];
    }

    public Session Session { get; }

    public Sampler Sampler { get; }

    public Continuation Text { get; }

    /// <summary>Most tokens it will ever read.</summary>
    public int MostPositions { get; }

    /// <summary>Its place in the order of requests.</summary>
    public long Arrival { get; set; }

    /// <summary>Whether it has been in a step.</summary>
    public bool Admitted { get; set; }

    /// <summary>Whether its reader is too slow, as of the beginning of the step.</summary>
    public bool Paused { get; set; }

    /// <summary>What it has read; null while it waits.</summary>
    public KvCache? Cache { get; private set; }

    /// <summary>Tokens it has: the prompt and what was generated.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens it has and has not read.</summary>
    public int Unread => Count - (Cache?.Length ?? 0);

    /// <summary>Tokens to read in this step.</summary>
    public int Chunk { get; set; }

    /// <summary>The plan that reads them.</summary>
    public WidthPlan ChunkPlan { get; private set; } = null!;

    /// <summary>The tokens of this step.</summary>
    public ReadOnlyMemory<int> ChunkTokens => tokens.AsMemory(Cache!.Length, Chunk);

    /// <summary>Pages it takes from the pool until it has read what it has, and one token more.</summary>
    public int PagesWanted => Cache!.PagesWanted(Math.Min(Count + 1, MostPositions) - Cache.Length);

    /// <summary>Begins with an empty cache, and with what other texts have computed already.</summary>
    public void Begin(KvPool pool, PrefixIndex index)
    {
        Cache = new KvCache(pool);
        (node, indexedPages, Chunk) = (index.Root, 0, 0);
        if (Text.Tokens == 0)
            Session.SharedTokens = 0;
        TakeSharedPages(index);
    }

    /// <summary>Gives the memory back.</summary>
    public void End()
    {
        Cache?.Dispose();
        (Cache, node, Chunk) = (null, null, 0);
    }

    /// <summary>Takes the pages that come next where other texts have computed them; the last token is always left to read, for its scores.</summary>
    public void TakeSharedPages(PrefixIndex index)
    {
        for (var before = -1; node is not null && before < Cache!.Length && Cache.Length == indexedPages * KvLayout.PageTokens;)
        {
            before = Cache.Length;
            var (plan, end) = PlanAt(before);
            node = index.Extend(node, plan, tokens.AsMemory(before, Math.Min(end, Count - 1) - before), Cache);
            indexedPages = Cache.Length / KvLayout.PageTokens;
            if (Text.Tokens == 0)
                Session.SharedTokens += Cache.Length - before;
        }
    }

    /// <summary>Makes the chunk longer: at most to the end of a page, and only with tokens of one plan.</summary>
    /// <returns>How many tokens longer.</returns>
    public int Lengthen(int most)
    {
        var start = Cache!.Length + Chunk;
        if (start == Count)
            return 0;
        var (plan, end) = PlanAt(start);
        if (Chunk > 0 && !plan.Equals(ChunkPlan))
            return 0;
        ChunkPlan = plan;
        var pageEnd = (start / KvLayout.PageTokens + 1) * KvLayout.PageTokens;
        var more = Math.Min(Math.Min(end, pageEnd) - start, most);
        Chunk += more;
        return more;
    }

    /// <summary>The chunk has been read: its plan is kept, and pages that are full become known to others.</summary>
    public void Advance(PrefixIndex index)
    {
        if (Cache!.Length > planned)
        {
            if (!plans[^1].Plan.Equals(ChunkPlan))
                plans.Add((planned, ChunkPlan));
            planned = Cache.Length;
        }

        for (; node is not null && (indexedPages + 1) * KvLayout.PageTokens <= Cache.Length; indexedPages++)
        {
            var start = indexedPages * KvLayout.PageTokens;
            var (plan, end) = PlanAt(start);

            // A page that two plans read, and those behind it, are nobody else's.
            node = end >= start + KvLayout.PageTokens ? index.Add(node, plan, tokens.AsMemory(start, KvLayout.PageTokens), Cache, indexedPages) : null;
        }
    }

    /// <summary>Adds a generated token.</summary>
    public void Append(int token)
    {
        if (Count == tokens.Length)
            Array.Resize(ref tokens, 2 * Count);
        tokens[Count++] = token;
    }

    // The plan of a position, and where another one begins.
    private (WidthPlan Plan, int End) PlanAt(int position)
    {
        if (position >= planned)
            return (Session.Plan, Count);
        var run = plans.Count - 1;
        while (plans[run].Start > position)
            run--;
        return (plans[run].Plan, run + 1 < plans.Count ? plans[run + 1].Start : planned);
    }
}
