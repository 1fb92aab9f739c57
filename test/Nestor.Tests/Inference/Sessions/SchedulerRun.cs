using Nestor.Inference;
using Nestor.Inference.Cache;
using Nestor.Inference.Sessions;

namespace Nestor.Tests.Inference.Sessions;

/// <summary>A scheduler without its thread, and all that was submitted to it.</summary>
internal sealed class SchedulerRun(Decoder decoder, int pages, EngineOptions options)
{
    private readonly AutoResetEvent changed = new(false);

    public Scheduler Scheduler { get; } = new(decoder, new KvPool(decoder.Config, pages * new KvLayout(decoder.Config).PageBytes), options);

    public List<Tracked> Sessions { get; } = [];

    /// <summary>Submits a request; a slow one is read only where the test says so.</summary>
    public Tracked Submit(int[] prompt, GenerationOptions request, bool slow = false)
    {
        var session = new Session(decoder.Config, prompt.Length, request.Plan ?? decoder.Config.FullWidths, options.MaxUnreadTokens, changed, default);
        var positions = Math.Min(decoder.Config.ContextLength, prompt.Length + request.MaxTokens - 1);
        Scheduler.Submit(new Sequence(session, new Sampler(request.Sampling), new Continuation(decoder.Config, null, prompt, request), [.. prompt], positions));
        Sessions.Add(new Tracked(session, prompt, request, slow));
        return Sessions[^1];
    }

    /// <summary>One step, checked; then those that are not slow read.</summary>
    public bool Step()
    {
        var went = Scheduler.Step();
        Assert.InRange(Scheduler.Pool.UsedPages, 0, Scheduler.Pool.MaxPages!.Value);
        Assert.InRange(Scheduler.Running.Count(sequence => sequence.Chunk > 0), 0, options.MaxBatch);
        Assert.InRange(Scheduler.Running.Sum(sequence => sequence.Chunk), 0, options.MaxBatchTokens);
        Assert.All(Scheduler.Running, sequence => Assert.NotNull(sequence.Cache));
        Assert.All(Scheduler.Waiting, sequence => Assert.Null(sequence.Cache));
        foreach (var session in Sessions.Where(session => !session.Slow))
            session.ReadAll();
        return went;
    }

    /// <summary>Steps until all has been generated and read.</summary>
    public void Finish()
    {
        do
        {
            foreach (var session in Sessions)
                session.ReadAll();
        }
        while (Scheduler.Step());
        foreach (var session in Sessions)
            session.ReadEnd();
        Assert.Empty(Scheduler.Waiting);
    }

    /// <summary>A session and what has been read from it.</summary>
    public sealed class Tracked(Session session, int[] prompt, GenerationOptions request, bool slow)
    {
        private readonly IAsyncEnumerator<GeneratedToken> reader = session.GetAsyncEnumerator();

        private readonly List<GeneratedToken> tokens = [];

        private bool ended;

        public Session Session => session;

        public bool Slow => slow;

        public Exception? Error { get; private set; }

        public IReadOnlyList<GeneratedToken> Tokens => tokens;

        public void ReadAll()
        {
            while (session.UnreadTokens > 0)
                ReadOne();
        }

        public void ReadEnd()
        {
            while (!ended)
                ReadOne();
        }

        /// <summary>
        /// The tokens are those of its prompt, seed and plans when nothing else runs; all of them, or a beginning where it was cancelled.
        /// </summary>
        public void EqualsItselfAlone(Decoder decoder)
        {
            Assert.True(Error is null or OperationCanceledException, Error?.ToString());
            var (sampler, text) = (new Sampler(request.Sampling), new Continuation(decoder.Config, null, prompt, request));
            var cache = new KvCache(decoder.Config);
            var scores = decoder.Forward(prompt, cache, request.Plan ?? decoder.Config.FullWidths);
            for (var i = 0; i < tokens.Count; i++)
            {
                if (i > 0)
                    scores = decoder.Forward([tokens[i - 1].Token], cache, tokens[i].Plan);
                var token = sampler.Sample(scores);
                text.Append(token);
                Assert.Equal(token, tokens[i].Token);
                Assert.Equal(text.Finish, tokens[i].Finish);
            }

            Assert.Equal(text.Tokens, session.Tokens);
            Assert.Equal(Error is null, text.Finish is not null);
            if (tokens.Count > 0)
                Assert.Equal(request.Plan ?? decoder.Config.FullWidths, tokens[0].Plan);
        }

        // Never waits: it is called where there is a token or the end.
        private void ReadOne()
        {
            try
            {
                var next = reader.MoveNextAsync();
                Assert.True(next.IsCompleted, "A session has neither a token nor an end.");
                ended = !next.GetAwaiter().GetResult();
                if (!ended)
                    tokens.Add(reader.Current);
            }
            catch (Exception error) when (error is NestorException or OperationCanceledException or ObjectDisposedException)
            {
                (Error, ended) = (error, true);
            }
        }
    }
}
