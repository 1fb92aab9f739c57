using CsCheck;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Tests.Inference.Sessions;

public sealed class EngineTests : IDisposable
{
    private static readonly Tokenizer Text = TokenizerTrainer.Train(["the cat sat on the mat and the dog sat on the cat, the end"], 262, []);

    private static readonly ModelConfig Config = RandomModel.Small with { VocabularySize = Text.VocabularySize, ContextLength = 200 };

    private static readonly Gen<GenerationOptions> Requests =
        Gen.Select(Gen.Int[1, 25], Gen.ULong, Gen.Int[1, 3].Select(width => WidthPlan.Uniform(24 * width, 3)), Gen.Const("at").Array[0, 1]).Select(
            (tokens, seed, plan, stops) => new GenerationOptions { MaxTokens = tokens, Sampling = new SamplingOptions { Seed = seed }, Plan = plan, StopStrings = stops });

    private static readonly Gen<string> Prompts = Gen.Select(Gen.Int[0, 20], Gen.Char["abc"]).Select((common, own) => string.Concat(Enumerable.Repeat("the cat on ", common)) + own);

    private readonly RandomModel model = new(Config);

    private readonly Decoder decoder;

    public EngineTests() => decoder = Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = 1 });

    public void Dispose() => model.Dispose();

    /// <summary>A pool of five pages, for eight texts of up to four.</summary>
    [Fact]
    public async Task A_sessions_text_is_the_generators()
    {
        using var engine = new Engine(decoder, Text, new EngineOptions { CacheBytes = 5 * new KvPool(Config).PageBytes, MaxBatchTokens = 40 });
        await Gen.Select(Prompts, Requests).Array[8].SampleAsync(async requests =>
        {
            var sessions = requests.Select(request => engine.Generate(request.Item1, request.Item2)).ToArray();
            var texts = await Task.WhenAll(sessions.Select(ReadAsync));
            for (var i = 0; i < requests.Length; i++)
            {
                var alone = new TextGenerator(decoder, Text).Generate(requests[i].Item1, requests[i].Item2);
                Assert.Equal(string.Concat(alone), texts[i]);
                Assert.Equal((alone.PromptTokens, alone.Tokens, alone.Finish), (sessions[i].PromptTokens, sessions[i].Tokens, sessions[i].Finish));
            }
        }, iter: 4);
    }

    [Fact]
    public async Task A_cancelled_request_ends_and_its_neighbour_goes_on()
    {
        using var engine = new Engine(decoder, Text, new EngineOptions { MaxUnreadTokens = 3 });
        using var source = new CancellationTokenSource();
        var neighbour = engine.Generate("the cat", new GenerationOptions { MaxTokens = 30 });
        var cancelled = engine.Generate("the", new GenerationOptions { MaxTokens = 100 }, source.Token);
        var error = await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in cancelled)
                source.Cancel();
        });
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Null(cancelled.Finish);

        await foreach (var _ in engine.Generate("the", new GenerationOptions { MaxTokens = 100 }))
            break;
        Assert.Equal(string.Concat(new TextGenerator(decoder, Text).Generate("the cat", new GenerationOptions { MaxTokens = 30 })), await ReadAsync(neighbour));
        await UntilAsync(() => engine.Scheduler.Pool.UsedPages == 0);
    }

    [Fact]
    public async Task A_session_that_nobody_reads_pauses_and_goes_on_when_it_is_read()
    {
        using var engine = new Engine(decoder, Text, new EngineOptions { MaxUnreadTokens = 4, MaxBatch = 1 });
        var unread = engine.Generate("the cat", new GenerationOptions { MaxTokens = 20 });
        Assert.NotNull(await ReadAsync(engine.Generate("on", new GenerationOptions { MaxTokens = 20 })));
        Assert.Equal(4, unread.UnreadTokens);
        Assert.Equal(string.Concat(new TextGenerator(decoder, Text).Generate("the cat", new GenerationOptions { MaxTokens = 20 })), await ReadAsync(unread));
        Assert.Equal(20, unread.Tokens);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(unread));
    }

    [Fact]
    public async Task The_plan_may_be_changed_while_the_text_is_generated()
    {
        using var engine = new Engine(decoder, Text, new EngineOptions { MaxUnreadTokens = 1 });
        var session = engine.Generate("the cat", new GenerationOptions { MaxTokens = 20, Sampling = SamplingOptions.Greedy });
        var plans = new List<WidthPlan>();
        await foreach (var token in session)
        {
            plans.Add(token.Plan);
            session.Plan = WidthPlan.Uniform(9, 3);
        }

        Assert.Equal(Config.FullWidths, plans[0]);
        Assert.Equal(WidthPlan.Uniform(9, 3), plans[^1]);
        Assert.Throws<NestorException>(() => session.Plan = WidthPlan.Uniform(9, 2));
    }

    [Fact]
    public async Task Disposing_ends_all_sessions()
    {
        var engine = new Engine(decoder, Text, new EngineOptions { MaxUnreadTokens = 2, MaxBatch = 1 });
        Session running = engine.Generate("the", new GenerationOptions { MaxTokens = 100 }), waiting = engine.Generate("the");
        engine.Dispose();
        engine.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ReadAsync(running));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ReadAsync(waiting));
        Assert.Throws<ObjectDisposedException>(() => engine.Generate("the"));
        Assert.Equal(0, engine.Scheduler.Pool.UsedPages);
    }

    /// <summary>Each is refused before it gets near the batch, and says what was wrong.</summary>
    [Fact]
    public async Task Requests_that_cannot_be_served_are_refused_at_once()
    {
        using var engine = new Engine(decoder, Text, new EngineOptions { CacheBytes = 2 * new KvPool(Config).PageBytes });
        var running = engine.Generate("the cat", new GenerationOptions { MaxTokens = 30 });
        void Refused(string reason, Func<Session> request) => Assert.Contains(reason, Assert.Throws<NestorException>(request).Message, StringComparison.Ordinal);

        Refused("empty", () => engine.Generate([]));
        Refused("empty", () => engine.Generate(""));
        Refused("token 262", () => engine.Generate([1, 262]));
        Refused("token -1", () => engine.Generate([-1]));
        Refused("context 200", () => engine.Generate(RandomModel.Tokens(201)));
        Refused("layers", () => engine.Generate([1], new GenerationOptions { Plan = WidthPlan.Uniform(9, 2) }));
        Refused("neurons", () => engine.Generate([1], new GenerationOptions { Plan = WidthPlan.Uniform(73, 3) }));
        Refused("must be positive", () => engine.Generate([1], new GenerationOptions { MaxTokens = 0 }));
        Refused("3 pages", () => engine.Generate(RandomModel.Tokens(100), new GenerationOptions { MaxTokens = 30 }));
        Refused("draft", () => engine.Generate([1], new GenerationOptions { Speculation = new() }));
        Assert.Equal(string.Concat(new TextGenerator(decoder, Text).Generate("the cat", new GenerationOptions { MaxTokens = 30 })), await ReadAsync(running));
    }

    [Fact]
    public async Task Without_a_tokenizer_tokens_come_and_no_text()
    {
        using var engine = new Engine(decoder);
        Assert.Throws<InvalidOperationException>(() => engine.Generate("the"));
        Assert.Contains("tokenizer", Assert.Throws<NestorException>(() => engine.Generate([1], new GenerationOptions { StopStrings = ["a"] })).Message, StringComparison.Ordinal);
        var session = engine.Generate(Text.Encode("the cat"), new GenerationOptions { MaxTokens = 5 });
        Assert.Equal("", await ReadAsync(session));
        Assert.Equal(5, session.Tokens);
    }

    [Fact]
    public void Memory_is_bounded_by_the_full_contexts_of_a_batch_where_nothing_else_is_said()
    {
        using var engine = new Engine(decoder, Text, new EngineOptions { MaxBatch = 3 });
        Assert.Equal(3 * 4, engine.Scheduler.Pool.MaxPages);
    }

    [Fact]
    public void Options_out_of_range_are_all_listed_in_one_error()
    {
        var options = new EngineOptions { MaxBatch = 0, MaxBatchTokens = 0, CacheBytes = 0, MaxQueue = 0, MaxUnreadTokens = 0 };
        var error = Assert.Throws<NestorException>(() => new Engine(decoder, Text, options));
        foreach (var name in new[] { "sessions in a step", "tokens in a step", "bytes", "waiting requests", "unread tokens" })
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("no page", Assert.Throws<NestorException>(() => new Engine(decoder, Text, new EngineOptions { CacheBytes = 1 })).Message, StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(Session session)
    {
        var text = "";
        await foreach (var token in session)
            text += token.Text;
        return text;
    }

    // What another thread does soon.
    private static async Task UntilAsync(Func<bool> done)
    {
        for (var i = 0; i < 1000 && !done(); i++)
            await Task.Delay(10);
        Assert.True(done());
    }
}
