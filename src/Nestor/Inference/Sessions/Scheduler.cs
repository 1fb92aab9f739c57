using System.Runtime.InteropServices;
using Nestor.Inference.Cache;

namespace Nestor.Inference.Sessions;

/// <summary>Continuous batching (Yu et al. 2022, Orca): every step reads tokens of all sequences that can go on, and sequences come and go between steps.</summary>
/// <remarks>
/// First come, first served, where memory decides: who came first keeps its pages. When the pool is full, pages that only the index
/// holds go first, then sequences whose readers are slow, then the youngest; they wait again and are computed again, with the same
/// text. All but <see cref="Submit"/> belongs to one thread.
/// </remarks>
internal sealed class Scheduler
{
    private readonly Decoder decoder;
    private readonly EngineOptions options;
    private readonly PrefixIndex index;
    private readonly FairShares shares;

    // Both in the order of arrival. Running sequences have caches, waiting ones have none.
    private readonly List<Sequence> running = [];
    private readonly List<Sequence> waiting = [];

    private readonly List<Sequence> batch = [];
    private readonly List<SequenceTokens> parts = [];
    private readonly List<float[]> scores = [];

    private readonly Lock gate = new();
    private readonly List<Sequence> arrivals = [];
    private long arrived;
    private int neverAdmitted;
    private Exception? ended;

    /// <summary>Creates a scheduler.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="pool">The bounded memory of all sequences.</param>
    /// <param name="options">Valid ones.</param>
    public Scheduler(Decoder decoder, KvPool pool, EngineOptions options)
    {
        (this.decoder, Pool, this.options) = (decoder, pool, options);
        index = new PrefixIndex(pool);
        shares = new FairShares(options.MaxBatchTokens);
    }

    public KvPool Pool { get; }

    /// <summary>Pages that only the index holds.</summary>
    public int UnusedPages => index.UnusedPages;

    /// <summary>Sequences that have memory.</summary>
    public IReadOnlyList<Sequence> Running => running;

    /// <summary>Sequences that were admitted and lost their memory, and those that never had any.</summary>
    public IReadOnlyList<Sequence> Waiting => waiting;

    /// <summary>Queues a sequence; safe for concurrent use.</summary>
    /// <exception cref="NestorException">The queue is full.</exception>
    /// <exception cref="ObjectDisposedException">The scheduler has ended.</exception>
    public void Submit(Sequence sequence)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(ended is not null, typeof(Engine));
            if (arrivals.Count + neverAdmitted >= options.MaxQueue)
                throw new NestorException($"{options.MaxQueue} requests wait already, the most that the engine's queue holds; ask again later, or allow a longer queue.");
            sequence.Arrival = arrived++;
            arrivals.Add(sequence);
        }
    }

    /// <summary>Reads some tokens of every sequence that can go on.</summary>
    /// <returns>Whether there were any; if not, nothing changes before a request comes, a reader reads or a session is cancelled.</returns>
    public bool Step()
    {
        TakeArrivals();
        Drop(running);
        Drop(waiting);
        foreach (var sequence in running)
            sequence.Paused = sequence.Session.IsFull;
        Admit();
        ChooseBatch();
        foreach (var sequence in batch)
            Reserve(sequence);
        batch.RemoveAll(sequence => sequence.Chunk == 0);
        if (batch.Count == 0)
            return false;
        Read();
        return true;
    }

    /// <summary>Ends all sequences with an error and takes no more.</summary>
    public void End(Exception error)
    {
        lock (gate)
            ended = error;
        TakeArrivals();
        foreach (var sequence in running.Concat(waiting))
        {
            sequence.End();
            sequence.Session.Complete(error);
        }

        running.Clear();
        waiting.Clear();
        index.Evict(index.Count);
    }

    private void TakeArrivals()
    {
        lock (gate)
        {
            waiting.AddRange(arrivals);
            arrivals.Clear();
            CountQueue();
        }
    }

    private void CountQueue() => neverAdmitted = waiting.Count(sequence => !sequence.Admitted);

    private static void Drop(List<Sequence> sequences) => sequences.RemoveAll(sequence =>
    {
        if (!sequence.Session.IsCancelled)
            return false;
        sequence.End();
        sequence.Session.CompleteCancelled();
        return true;
    });

    private void Admit()
    {
        while (running.Count(sequence => !sequence.Paused) < options.MaxBatch && waiting.Find(sequence => !sequence.Session.IsFull) is { } next)
        {
            next.Begin(Pool, index);
            if (!Fits(next))
            {
                // Nobody overtakes it, or long prompts would wait for ever.
                next.End();
                break;
            }

            (next.Admitted, next.Paused) = (true, false);
            waiting.Remove(next);
            Insert(running, next);
        }

        lock (gate)
            CountQueue();
    }

    // Whether there is memory for what the sequence and all running ones have still to read.
    private bool Fits(Sequence next)
    {
        while (true)
        {
            var free = Pool.MaxPages!.Value - Pool.UsedPages - running.Sum(sequence => sequence.PagesWanted);
            if (next.PagesWanted <= free || next.PagesWanted <= free + index.UnusedPages)
                return true;
            if (running.FindLast(sequence => sequence.Paused) is not { } paused)
                return false;
            Preempt(paused);
        }
    }

    private void ChooseBatch()
    {
        batch.Clear();
        foreach (var sequence in running)
        {
            sequence.Chunk = 0;
            if (sequence.Paused || batch.Count == options.MaxBatch)
                continue;
            sequence.TakeSharedPages(index);
            batch.Add(sequence);
        }

        shares.Divide(batch);
    }

    // Makes room for the sequence's chunk; it has none afterwards if it is the one that has to give way.
    private void Reserve(Sequence sequence)
    {
        while (sequence.Chunk > 0 && !sequence.Cache!.TryReserve(sequence.Chunk))
        {
            var missing = sequence.Cache.PagesWanted(sequence.Chunk) - (Pool.MaxPages!.Value - Pool.UsedPages);
            if (index.Evict(missing) == 0)
                Preempt(running.FindLast(other => other.Paused) ?? running[^1]);
        }
    }

    private void Preempt(Sequence sequence)
    {
        sequence.End();
        running.Remove(sequence);
        Insert(waiting, sequence);
    }

    private void Read()
    {
        parts.Clear();
        var scored = 0;
        foreach (var sequence in batch)
            parts.Add(new SequenceTokens(sequence.Cache!, sequence.ChunkTokens, sequence.ChunkPlan, sequence.Chunk == sequence.Unread ? Scores(scored++) : default));

        try
        {
            decoder.Forward(CollectionsMarshal.AsSpan(parts));
        }
        catch (Exception error)
        {
            // Requests were checked, so the model itself cannot be used, such as after its checkpoint was closed.
            foreach (var sequence in batch)
                Finish(sequence, error);
            return;
        }

        for (var i = 0; i < batch.Count; i++)
        {
            batch[i].Advance(index);
            if (!parts[i].Logits.IsEmpty)
                Predict(batch[i], parts[i].Logits.Span);
        }
    }

    private void Predict(Sequence sequence, ReadOnlySpan<float> logits)
    {
        try
        {
            var token = sequence.Sampler.Sample(logits);
            var text = sequence.Text.Append(token);
            sequence.Session.Write(new GeneratedToken(token, text, sequence.ChunkPlan, sequence.Text.Finish));
            sequence.Append(token);
            if (sequence.Text.Finish is not null)
                Finish(sequence);
        }
        catch (NestorException error)
        {
            Finish(sequence, error);
        }
    }

    private void Finish(Sequence sequence, Exception? error = null)
    {
        sequence.End();
        running.Remove(sequence);
        sequence.Session.Complete(error);
    }

    private Memory<float> Scores(int place)
    {
        if (place == scores.Count)
            scores.Add(new float[decoder.Config.VocabularySize]);
        return scores[place];
    }

    private static void Insert(List<Sequence> sequences, Sequence added)
    {
        var place = sequences.FindIndex(sequence => sequence.Arrival > added.Arrival);
        sequences.Insert(place < 0 ? sequences.Count : place, added);
    }
}
