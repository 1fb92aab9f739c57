using System.Runtime.InteropServices;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Evaluation.Tasks;

/// <summary>A cache that reads one group of requests after the other, in steps that other lanes' steps can go together with.</summary>
/// <remarks>Before each request the cache forgets what it does not begin with; the last token before a scored one is read again for its scores.</remarks>
internal sealed class ScoringLane(KvPool pool, WidthPlan plan, int vocabulary)
{
    private readonly KvCache cache = new(pool);
    private readonly List<int> held = [];   // the tokens in the cache
    private readonly Queue<(int Request, ScoredWindow Window)> windows = [];
    private IReadOnlyList<ScoringRequest> group = [];
    private ContinuationScore[] scores = [];

    /// <summary>Whether every request of the group is scored.</summary>
    public bool IsIdle => windows.Count == 0;

    /// <summary>Forgets everything, also a group that was not finished.</summary>
    public void Clear()
    {
        windows.Clear();
        Forget(0);
    }

    /// <summary>Takes on a group.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="receives">Receives a score for each.</param>
    /// <exception cref="ArgumentException">A request scores no token, or has none before those it scores.</exception>
    /// <exception cref="NestorException">A token that is only scored is outside the vocabulary; one that is read, the decoder refuses.</exception>
    public void Begin(IReadOnlyList<ScoringRequest> requests, ContinuationScore[] receives)
    {
        (group, scores) = (requests, receives);
        for (var i = 0; i < requests.Count; i++)
        {
            if (requests[i].Scored < 1 || requests[i].Scored >= requests[i].Tokens.Length)
                throw new ArgumentException($"{requests[i].Scored} of {requests[i].Tokens.Length} tokens cannot be scored.", nameof(requests));
            if (requests[i].Tokens.Span[^1] is var last && (uint)last >= (uint)vocabulary)
                throw new NestorException($"The token {last} is outside the model's vocabulary of {vocabulary}; encode the text with the model's own tokenizer.");
            scores[i] = new ContinuationScore(0, IsGreedy: true);
            foreach (var window in ScoredWindow.Of(requests[i], cache.ContextLength))
                windows.Enqueue((i, window));
        }

        Reuse();
    }

    /// <summary>The next step: tokens to read, then tokens to score.</summary>
    /// <param name="rows">Most tokens.</param>
    /// <param name="logits">Room for scores.</param>
    /// <returns>The step, or null if there is no room for one.</returns>
    public SequenceTokens? Next(int rows, Memory<float> logits)
    {
        var (read, toRead) = (Inputs[held.Count..], FirstScored - held.Count);
        if (toRead > 0)
            return rows == 0 ? null : new SequenceTokens(cache, read[..Math.Min(toRead, rows)], plan, Memory<float>.Empty);
        var count = Math.Min(read.Length, Math.Min(rows, logits.Length / vocabulary));
        return count == 0 ? null : new SequenceTokens(cache, read[..count], plan, logits[..(count * vocabulary)]);
    }

    /// <summary>Takes note of a step that was done.</summary>
    public void Take(SequenceTokens step)
    {
        var (request, window) = windows.Peek();
        var first = window.Start + held.Count + 1;     // the token that the step's first scores are of
        for (var i = 0; i < step.Logits.Length / vocabulary; i++)
        {
            var row = step.Logits.Span.Slice(i * vocabulary, vocabulary);
            var token = group[request].Tokens.Span[first + i];
            var (sum, greedy) = scores[request];
            greedy &= Scores.MostProbable(row) == token;    // refuses scores that are no numbers
            scores[request] = new ContinuationScore(sum - DecoderLoss.CrossEntropy(row, token), greedy);
        }

        held.AddRange(step.Tokens.Span);
        if (held.Count < window.Length)
            return;
        windows.Dequeue();
        if (!IsIdle)
            Reuse();
    }

    private ReadOnlyMemory<int> Inputs
    {
        get
        {
            var (request, window) = windows.Peek();
            return group[request].Tokens[window.Start..window.End];
        }
    }

    private int FirstScored
    {
        get
        {
            var window = windows.Peek().Window;
            return window.Length - window.Scored;
        }
    }

    private void Reuse()
    {
        var common = Inputs.Span.CommonPrefixLength(CollectionsMarshal.AsSpan(held));
        Forget(Math.Min(common, FirstScored));
    }

    private void Forget(int from)
    {
        cache.Truncate(from);
        held.RemoveRange(from, held.Count - from);
    }
}
