using System.Runtime.InteropServices;
using Nestor.Models;

namespace Nestor.Inference.Speculation;

/// <summary>
/// A width plan that continues a text with its own distribution, reading at once what drafters propose. Without drafters it decodes
/// plainly; under a wider plan it is a drafter itself.
/// </summary>
/// <remarks>
/// A step with the text's last token t unread, at position n, and a draft d1…dγ: the cache is cut back to n, <c>t d1…dγ</c> are read in one
/// call, which overwrites what narrower plans wrote there, and the cache is cut after the last accepted token. So positions before
/// the last token always hold this plan's keys and values, and every token it adds has its distribution: a cascade is exact, because
/// what comes out of a plan's steps is drawn from that plan.
/// </remarks>
internal sealed class SpeculativePlan : IDrafter
{
    private readonly Decoder decoder;
    private readonly KvCache cache;
    private readonly Sampler sampler;
    private readonly Acceptance acceptance;
    private readonly ReadingCost cost;
    private readonly IReadOnlyList<DraftSource> sources;
    private readonly TimeProvider time;
    private readonly double? stopBelow;
    private readonly float[] scores;    // (rows, vocabulary)
    private int sincePlain = DraftLength.Patience;

    /// <summary>Puts a plan above drafters.</summary>
    /// <param name="model">The plan, and the model it is of.</param>
    /// <param name="cache">Where it reads the text to; drafters may share it.</param>
    /// <param name="sampler">How it chooses tokens.</param>
    /// <param name="acceptance">How it accepts those of drafters.</param>
    /// <param name="cost">What its reads cost.</param>
    /// <param name="sources">The drafters; of equally good ones, the first drafts.</param>
    /// <param name="mostDrafted">Most tokens of a draft.</param>
    /// <param name="stopBelow">Of a plan that drafts: a token is its last if no token had at least this probability. Null for the plan that decides.</param>
    /// <param name="time">Measures the costs.</param>
    public SpeculativePlan(
        DecoderAtPlan model, KvCache cache, Sampler sampler, Acceptance acceptance, ReadingCost cost,
        IReadOnlyList<DraftSource> sources, int mostDrafted, double? stopBelow, TimeProvider time)
    {
        ((decoder, Plan), this.cache, this.sampler, this.acceptance, this.cost) = (model, cache, sampler, acceptance, cost);
        (this.sources, this.stopBelow, this.time) = (sources, stopBelow, time);

        // Beside t and the draft, one row for the token that a cache of its own can lack after a draft that was accepted as a whole.
        var rows = sources.Count == 0 ? 1 : mostDrafted + 2;
        scores = new float[rows * decoder.Config.VocabularySize];
    }

    public WidthPlan Plan { get; }

    public double TokenCost
    {
        get
        {
            var yield = 1 / cost.Of(1);
            foreach (var source in sources)
                yield = Math.Max(yield, source.BestYield(cost));
            return 1 / yield;
        }
    }

    public void ReadPrompt(ReadOnlySpan<int> tokens)
    {
        if (cache.Length < tokens.Length)
            decoder.Forward(tokens[cache.Length..], cache, Plan, Row(0));
        foreach (var source in sources)
            source.Drafter.ReadPrompt(tokens);
    }

    public void Draft(List<int> text, int most, Draft draft)
    {
        while (draft.Tokens.Count < most && !draft.Ended)
            Step(text, most - draft.Tokens.Count, draft);
    }

    public void Forget(int length)
    {
        if (cache.Length > length)
            cache.Truncate(length);
        foreach (var source in sources)
            source.Drafter.Forget(length);
    }

    /// <summary>Continues the text by at least one token.</summary>
    /// <param name="text">What has been read, but for its last token; all of it right after the prompt. The new tokens are appended.</param>
    /// <param name="most">Most tokens to append, at least 1.</param>
    /// <param name="output">The new tokens are added.</param>
    public void Step(List<int> text, int most, Draft output)
    {
        int known = text.Count, before = output.Tokens.Count;
        var source = known == cache.Length ? null : Propose(text, most - 1);

        var start = cost.IsMeasured ? time.GetTimestamp() : 0;
        var (read, rows) = Read(CollectionsMarshal.AsSpan(text), first: known - 1);
        var accepted = Verify(source?.Draft, rows, output);
        if (cost.IsMeasured && read > 0)
            cost.Add(read, time.GetElapsedTime(start).TotalSeconds);

        source?.Learn(accepted);
        CollectionsMarshal.SetCount(text, known);
        for (var i = before; i < output.Tokens.Count; i++)
            text.Add(output.Tokens[i]);
        Forget(text.Count - 1);
    }

    // The source whose draft now ends the text; null for a plain step.
    private DraftSource? Propose(List<int> text, int most)
    {
        var room = Math.Min(most, decoder.Config.ContextLength - text.Count);
        if (room > 0 && !(cost.IsMeasured && ++sincePlain > DraftLength.Patience))
        {
            foreach (var source in sources)
                source.Decide(cost, room);
            while (Best() is { } source)
            {
                if (source.TryDraft(text))
                    return source;
            }
        }

        sincePlain = 0;
        return null;
    }

    private DraftSource? Best()
    {
        DraftSource? best = null;
        foreach (var source in sources)
        {
            if (source.Yield > (best?.Yield ?? 0))
                best = source;
        }

        return best;
    }

    /// <summary>Reads what the cache does not hold in this plan's own form.</summary>
    /// <returns>The tokens read, and where the scores of the token after <c>text[first]</c> lie; those of later ones follow.</returns>
    private (int Tokens, int Row) Read(ReadOnlySpan<int> text, int first)
    {
        if (cache.Length == text.Length)
            return (0, 0);
        if (cache.Length > first)
            cache.Truncate(first);
        var unread = text[cache.Length..];
        var (wanted, size) = (text.Length - first, decoder.Config.VocabularySize);
        if (wanted == 1)
        {
            decoder.Forward(unread, cache, Plan, Row(0));
            return (unread.Length, 0);
        }

        var late = unread.Length * size > scores.Length ? unread.Length - wanted : 0;
        if (late > 0)
            decoder.Forward(unread[..late], cache, Plan, Row(0));
        decoder.ForwardAll(unread[late..], cache, Plan, scores.AsSpan(0, (unread.Length - late) * size));
        return (unread.Length, unread.Length - late - wanted);
    }

    // Adds the accepted tokens and, unless the text ends with them, one of this plan's own. Returns how many were accepted.
    private int Verify(Draft? draft, int row, Draft output)
    {
        var drafted = draft?.Tokens.Count ?? 0;
        for (var i = 0; ; i++)
        {
            if (i == drafted && stopBelow is null)
            {
                output.Add(sampler.Sample(Row(row + i)));
                return i;
            }

            var distribution = output.Distribution(output.Tokens.Count);
            sampler.Distribute(Row(row + i), distribution);
            output.Ended |= stopBelow > 0 && Scores.LargestProbability(Row(row + i)) < stopBelow;
            var accepts = i < drafted && acceptance.Accepts(draft!.Tokens[i], distribution, draft.Distribution(i));
            var token = accepts ? draft!.Tokens[i]
                : i < drafted ? acceptance.DrawInstead(distribution, draft!.Distribution(i))
                : distribution.Draw(sampler.Random);
            output.Add(token);
            var ends = decoder.Config.EndsText(token);
            output.Ended |= ends;
            if (ends || !accepts)
                return accepts ? i + 1 : i;
        }
    }

    private Span<float> Row(int index) => scores.AsSpan(index * decoder.Config.VocabularySize, decoder.Config.VocabularySize);
}
