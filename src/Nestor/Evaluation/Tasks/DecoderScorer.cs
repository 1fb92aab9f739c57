using System.Runtime.InteropServices;
using Nestor.Inference;
using Nestor.Inference.Cache;
using Nestor.Models;

namespace Nestor.Evaluation.Tasks;

/// <summary>Scores continuations with a decoder at a plan, many groups at a time; what the requests of a group have in common is read once.</summary>
/// <remarks>Scores are bit for bit the same however requests are grouped, because a decoder's are.</remarks>
public sealed class DecoderScorer : IContinuationScorer
{
    // Most sequences that share a pass, most bytes of their caches, and the scores a pass has room for.
    private const int Lanes = 24, CacheBytes = 1 << 30, LogitsPerPass = 1 << 22;

    private readonly Decoder decoder;
    private readonly ScoringLane[] lanes;
    private readonly float[] logits;    // (scored tokens of a pass, vocabulary)

    /// <summary>Prepares a scorer.</summary>
    /// <exception cref="NestorException">The plan does not fit the model.</exception>
    public DecoderScorer(Decoder decoder, WidthPlan plan)
    {
        WidthPlanText.Validate(plan, decoder.Config);
        this.decoder = decoder;
        var pool = new KvPool(decoder.Config);
        var affordable = CacheBytes / (pool.PageBytes * KvLayout.PagesOf(pool.ContextLength));
        lanes = [.. Enumerable.Range(0, (int)Math.Clamp(affordable, 1, Lanes)).Select(_ => new ScoringLane(pool, plan, decoder.Config.VocabularySize))];
        logits = new float[Math.Clamp(LogitsPerPass / decoder.Config.VocabularySize, 1, Decoder.BlockRows) * decoder.Config.VocabularySize];
    }

    /// <inheritdoc/>
    public int ContextLength => decoder.Config.ContextLength;

    /// <inheritdoc/>
    public IReadOnlyList<ContinuationScore[]> Score(IReadOnlyList<IReadOnlyList<ScoringRequest>> groups, CancellationToken cancellation = default)
    {
        var scores = new ContinuationScore[groups.Count][];
        var next = 0;
        var batch = new List<SequenceTokens>(Lanes);
        var used = new List<ScoringLane>(Lanes);
        foreach (var lane in lanes)
            lane.Clear();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            batch.Clear();
            used.Clear();
            var (rows, room) = (Decoder.BlockRows, logits.AsMemory());
            foreach (var lane in lanes)
            {
                while (lane.IsIdle && next < groups.Count)
                {
                    scores[next] = new ContinuationScore[groups[next].Count];
                    lane.Begin(groups[next], scores[next]);
                    next++;
                }

                if (lane.IsIdle || lane.Next(rows, room) is not { } step)
                    continue;
                batch.Add(step);
                used.Add(lane);
                rows -= step.Tokens.Length;
                room = room[step.Logits.Length..];
            }

            if (batch.Count == 0)
                return scores;
            decoder.Forward(CollectionsMarshal.AsSpan(batch));
            for (var i = 0; i < used.Count; i++)
                used[i].Take(batch[i]);
        }
    }
}
