using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Cache;
using Nestor.Models;

namespace Nestor.Tests.Inference.Sessions;

/// <summary>The laws of the scheduler, step by step on the test's thread.</summary>
public sealed class SchedulerTests : IDisposable
{
    private const int Page = KvLayout.PageTokens;

    private static readonly ModelConfig Config = RandomModel.Small with
    {
        HiddenSize = 16,
        FullWidths = WidthPlan.Uniform(64, 2),
        Heads = 2,
        KeyValueHeads = 1,
        HeadSize = 4,
        ContextLength = 5 * Page,
        Granularities = [],
    };

    private static readonly Gen<WidthPlan> Plans = Gen.Int[1, 2].Select(width => WidthPlan.Uniform(32 * width, 2));

    /// <summary>Prompts that begin alike for some way, and may be whole pages.</summary>
    private static readonly Gen<int[]> Prompts = Gen.Select(Gen.Int[0, 3], Gen.OneOf(Gen.Int[0, 220], Gen.Int[0, 3].Select(pages => pages * Page)), Gen.Int[0, 2])
        .Select((text, common, own) => common + own == 0 ? [1] : (int[])[.. RandomModel.Tokens(common, text / 3), .. RandomModel.Tokens(own, text + common)]);

    private static readonly Gen<GenerationOptions> Requests = Gen.Select(Gen.Int[1, 90], Gen.ULong[0, 3], Plans).Select((tokens, seed, plan) =>
        new GenerationOptions { MaxTokens = tokens, Sampling = new SamplingOptions { Seed = seed }, Plan = plan });

    private static readonly Gen<Act> Acts = Gen.Frequency(
        (6, Gen.Select(Prompts, Requests, Gen.Bool).Select((prompt, request, slow) => (Act)new Arrive(prompt, request, slow))),
        (2, Gen.Int[0, 20].Select(session => (Act)new Cancel(session))),
        (3, Gen.Select(Gen.Int[0, 20], Plans).Select((session, plan) => (Act)new Change(session, plan))),
        (4, Gen.Int[0, 20].Select(session => (Act)new Read(session))),
        (30, Gen.Const((Act)new Step())));

    private readonly RandomModel model = new(Config);

    private readonly Decoder decoder;

    public SchedulerTests() => decoder = Load(model);

    private abstract record Act;

    private sealed record Arrive(int[] Prompt, GenerationOptions Request, bool Slow) : Act;

    private sealed record Cancel(int Session) : Act;

    private sealed record Change(int Session, WidthPlan Plan) : Act;

    private sealed record Read(int Session) : Act;

    private sealed record Step : Act;

    public void Dispose() => model.Dispose();

    /// <summary>
    /// Any arrivals, cancellations, changes of plans, slow readers, batch sizes and pools that are too small: every session has the
    /// tokens that its prompt, seed and plans have when nothing else runs.
    /// </summary>
    [Fact]
    public void Whatever_else_runs_a_session_is_what_it_is_alone()
    {
        using var ending = new RandomModel(Config with { EndToken = 3 });
        var ends = Load(ending);
        Gen.Select(Acts.Array[40, 140], Gen.Int[5, 12], Gen.Int[1, 6], Gen.Int[0, 100], Gen.Int[1, 20]).Sample((acts, pages, batch, more, unread) =>
        {
            var model = pages % 2 == 0 ? decoder : ends;
            var run = new SchedulerRun(model, pages, new EngineOptions { MaxBatch = batch, MaxBatchTokens = batch + more, MaxUnreadTokens = unread, MaxQueue = 1000 });
            foreach (var act in acts)
            {
                switch (act)
                {
                    case Arrive arrive:
                        run.Submit(arrive.Prompt, arrive.Request, arrive.Slow);
                        break;
                    case Cancel cancel when cancel.Session < run.Sessions.Count:
                        run.Sessions[cancel.Session].Session.Dispose();
                        break;
                    case Change change when change.Session < run.Sessions.Count:
                        run.Sessions[change.Session].Session.Plan = change.Plan;
                        break;
                    case Read read when read.Session < run.Sessions.Count:
                        run.Sessions[read.Session].ReadAll();
                        break;
                    case Step:
                        run.Step();
                        break;
                }
            }

            run.Finish();
            foreach (var session in run.Sessions)
                session.EqualsItselfAlone(model);

            // Only what the index keeps is in use, and nothing after the end.
            Assert.Empty(run.Scheduler.Running);
            Assert.Equal(run.Scheduler.UnusedPages, run.Scheduler.Pool.UsedPages);
            run.Scheduler.End(new ObjectDisposedException("test"));
            Assert.Equal(0, run.Scheduler.Pool.UsedPages);
        }, iter: 30);
    }

    [Fact]
    public void The_same_schedule_is_the_same_run() =>
        Gen.Select(Prompts, Requests).Array[1, 8].Sample(requests =>
        {
            string Run()
            {
                var run = new SchedulerRun(decoder, pages: 7, new EngineOptions { MaxBatch = 3, MaxBatchTokens = 50 });
                foreach (var (prompt, request) in requests)
                    run.Submit(prompt, request);
                var log = new List<string>();
                while (run.Step())
                    log.Add(string.Join(' ', run.Scheduler.Running.Select(sequence => $"{sequence.Arrival}:{sequence.Cache!.Length}")));
                return string.Join('\n', log);
            }

            Assert.Equal(Run(), Run());
        }, iter: 4);

    [Fact]
    public void A_pool_that_is_too_small_for_all_puts_the_youngest_back_and_changes_nothing()
    {
        var run = new SchedulerRun(decoder, pages: 4, new EngineOptions());
        for (ulong seed = 0; seed < 3; seed++)
            run.Submit(RandomModel.Tokens(60, (int)seed), new GenerationOptions { MaxTokens = 100, Sampling = new SamplingOptions { Seed = seed, Temperature = 3 } });
        var putBack = 0;
        while (run.Step())
        {
            putBack += run.Scheduler.Waiting.Count(sequence => sequence.Admitted);
            Assert.Equal(run.Scheduler.Running.Count, run.Scheduler.Running.TakeWhile((sequence, i) => sequence.Arrival >= i).Count());
        }

        Assert.True(putBack > 0);
        run.Finish();
        foreach (var session in run.Sessions)
            session.EqualsItselfAlone(decoder);
    }

    [Fact]
    public void A_prompt_that_was_read_before_is_read_from_its_last_page_on()
    {
        var run = new SchedulerRun(decoder, pages: 20, new EngineOptions());
        var prompt = RandomModel.Tokens(3 * Page);
        var request = new GenerationOptions { MaxTokens = 5 };
        var first = run.Submit(prompt, request);
        run.Finish();
        SchedulerRun.Tracked again = run.Submit(prompt, request), longer = run.Submit([.. prompt, 1], request), narrower = run.Submit(prompt, request with { Plan = WidthPlan.Uniform(32, 2) });
        run.Finish();
        Assert.Equal([0, 2 * Page, 3 * Page, 0], new[] { first, again, longer, narrower }.Select(tracked => tracked.Session.SharedTokens));
        foreach (var session in run.Sessions)
            session.EqualsItselfAlone(decoder);
    }

    /// <summary>Prompts that arrive together are computed once: a text waits for its turn and then takes what another has computed.</summary>
    [Fact]
    public void A_beginning_that_several_new_texts_share_is_kept_once()
    {
        var run = new SchedulerRun(decoder, pages: 20, new EngineOptions { MaxBatchTokens = Page });
        for (var i = 0; i < 4; i++)
            run.Submit([.. RandomModel.Tokens(3 * Page), i], new GenerationOptions { MaxTokens = 20 });
        var most = 0;
        while (run.Step())
            most = Math.Max(most, run.Scheduler.Pool.UsedPages);
        Assert.InRange(most, 4, 3 + 4);
    }

    [Fact]
    public void A_long_prompt_never_makes_a_running_text_wait_more_than_one_step()
    {
        var run = new SchedulerRun(decoder, pages: 40, new EngineOptions { MaxBatch = 4, MaxBatchTokens = 20 });
        var running = run.Submit([1], new GenerationOptions { MaxTokens = 30 });
        run.Step();
        for (var i = 0; i < 3; i++)
            run.Submit(RandomModel.Tokens(300, i), new GenerationOptions { MaxTokens = 2 });
        for (var i = 0; i < 29; i++)
        {
            Assert.Equal(i + 1, running.Tokens.Count);
            run.Step();
        }
    }

    /// <summary>The longer prompts came first and take thirty times as many tokens; the short one has its first token after one round.</summary>
    [Fact]
    public void Prompts_take_turns()
    {
        var run = new SchedulerRun(decoder, pages: 40, new EngineOptions { MaxBatch = 4, MaxBatchTokens = 16 });
        for (var i = 0; i < 3; i++)
            run.Submit(RandomModel.Tokens(300, i), new GenerationOptions { MaxTokens = 2 });
        var brief = run.Submit(RandomModel.Tokens(10, 9), new GenerationOptions { MaxTokens = 1 });
        var steps = 0;
        for (; brief.Tokens.Count == 0; steps++)
            run.Step();
        Assert.InRange(steps, 1, 4);
    }

    [Fact]
    public void A_reader_that_does_not_read_stops_nobody_even_where_it_holds_all_memory()
    {
        var run = new SchedulerRun(decoder, pages: 3, new EngineOptions { MaxBatch = 1, MaxUnreadTokens = 2 });
        var slow = run.Submit(RandomModel.Tokens(150), new GenerationOptions { MaxTokens = 20 }, slow: true);
        while (run.Step())
            Assert.InRange(slow.Session.UnreadTokens, 0, 2);
        var other = run.Submit(RandomModel.Tokens(150, 8), new GenerationOptions { MaxTokens = 20 });
        while (run.Step())
            Assert.Equal(2, slow.Session.UnreadTokens);
        Assert.Equal(20, other.Session.Tokens);
        run.Finish();
        foreach (var session in run.Sessions)
            session.EqualsItselfAlone(decoder);
    }

    [Fact]
    public void Cancelling_frees_the_memory_before_the_next_step()
    {
        var run = new SchedulerRun(decoder, pages: 5, new EngineOptions());
        var one = run.Submit(RandomModel.Tokens(30), new GenerationOptions { MaxTokens = 20 });
        var waiting = run.Submit(RandomModel.Tokens(300), new GenerationOptions { MaxTokens = 20 });
        run.Step();
        Assert.Equal(1, run.Scheduler.Pool.UsedPages);
        one.Session.Dispose();
        waiting.Session.Dispose();
        Assert.False(run.Step());
        Assert.Equal(0, run.Scheduler.Pool.UsedPages);
        Assert.Empty(run.Scheduler.Waiting);
    }

    /// <summary>Token 7 has an embedding that is not a number: whoever reads it fails, and whoever shared a step with it does not.</summary>
    [Fact]
    public void A_request_that_fails_disturbs_no_neighbour()
    {
        using var damaged = new RandomModel(Config with { TieEmbeddings = false }, damagedToken: 7);
        var broken = Load(damaged);
        var run = new SchedulerRun(broken, pages: 6, new EngineOptions());
        var prompt = RandomModel.Tokens(100).Where(token => token != 7).ToArray();
        var request = new GenerationOptions { MaxTokens = 10, Sampling = SamplingOptions.Greedy };
        var neighbour = run.Submit(prompt, request);
        var failing = run.Submit([.. prompt, 7, 1], request);
        run.Finish();
        Assert.Contains("damaged", Assert.IsType<NestorException>(failing.Error).Message, StringComparison.Ordinal);

        // Its pages are used again.
        run.Scheduler.End(new ObjectDisposedException("test"));
        Assert.Equal(0, run.Scheduler.Pool.UsedPages);
        neighbour.EqualsItselfAlone(broken);
    }

    [Fact]
    public void What_the_model_itself_refuses_ends_the_sessions_of_that_step_and_no_others()
    {
        var run = new SchedulerRun(decoder, pages: 6, new EngineOptions { MaxBatch = 2 });
        var request = new GenerationOptions { MaxTokens = 3 };
        SchedulerRun.Tracked one = run.Submit([1], request), refused = run.Submit([53], request), later = run.Submit([1], request);
        run.Finish();
        Assert.IsType<NestorException>(one.Error);
        Assert.Same(one.Error, refused.Error);
        later.EqualsItselfAlone(decoder);
        Assert.Equal(0, run.Scheduler.Pool.UsedPages);
    }

    [Fact]
    public void The_end_completes_all_and_takes_no_more()
    {
        var run = new SchedulerRun(decoder, pages: 6, new EngineOptions { MaxBatch = 1 });
        SchedulerRun.Tracked running = run.Submit([1], new GenerationOptions()), waiting = run.Submit([1], new GenerationOptions());
        run.Step();
        run.Scheduler.End(new ObjectDisposedException("test"));
        run.Finish();
        Assert.Equal((1, 0), (running.Tokens.Count, waiting.Tokens.Count));
        Assert.IsType<ObjectDisposedException>(running.Error);
        Assert.IsType<ObjectDisposedException>(waiting.Error);
        Assert.Throws<ObjectDisposedException>(() => run.Submit([1], new GenerationOptions()));
    }

    [Fact]
    public void The_queue_is_bounded_and_only_those_count_that_never_ran()
    {
        var run = new SchedulerRun(decoder, pages: 6, new EngineOptions { MaxBatch = 1, MaxQueue = 2 });
        run.Submit([1], new GenerationOptions());
        run.Step();
        var waiting = run.Submit([1], new GenerationOptions());
        run.Submit([1], new GenerationOptions());
        var error = Assert.Throws<NestorException>(() => run.Submit([1], new GenerationOptions()));
        Assert.Contains("2 requests wait", error.Message, StringComparison.Ordinal);
        waiting.Session.Dispose();
        run.Step();
        run.Submit([1], new GenerationOptions());
    }

    private static Decoder Load(RandomModel model) => Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = 1 });
}
