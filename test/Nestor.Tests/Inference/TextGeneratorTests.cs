using CsCheck;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Tests.Inference;

public sealed class TextGeneratorTests : IDisposable
{
    private static readonly Tokenizer Text = TokenizerTrainer.Train(["the cat sat on the mat and the dog sat on the cat, the end"], 262, []);

    private static readonly ModelConfig Config = RandomModel.Small with { VocabularySize = Text.VocabularySize, ContextLength = 64 };

    private static readonly SpeculationOptions Drafting = new() { Drafts = [WidthPlan.Uniform(18, 3)], PromptLookup = true, Adaptive = false };

    private readonly RandomModel model = new(Config);

    public void Dispose() => model.Dispose();

    /// <summary>A random model writes random bytes: most tokens are parts of no character.</summary>
    [Fact]
    public void The_pieces_are_the_text_of_the_tokens_one_by_one() =>
        Gen.ULong.Sample(seed =>
        {
            var options = new GenerationOptions { MaxTokens = 30, Sampling = new SamplingOptions { Seed = seed } };
            var generation = Generate("the cat", options);
            var pieces = generation.ToList();
            Assert.All(pieces, Assert.NotEmpty);
            Assert.Equal(Text.Decode([.. Tokens("the cat", options)]), string.Concat(pieces));
            Assert.Equal(30, generation.Tokens);
            Assert.Equal(FinishReason.MaxTokens, generation.Finish);
        }, iter: 20);

    [Fact]
    public void The_same_seed_gives_the_same_text_and_another_seed_another()
    {
        string Run(ulong seed) => string.Concat(Generate("the", new GenerationOptions { Sampling = new SamplingOptions { Seed = seed }, MaxTokens = 20 }));
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public void A_stop_string_ends_the_text_before_it() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 20], Gen.Int[1, 4]).Sample((seed, start, length) =>
        {
            var options = new GenerationOptions { MaxTokens = 30, Sampling = new SamplingOptions { Seed = seed } };
            var text = string.Concat(Generate("on", options));
            if (start + length > text.Length)
                return;
            var stop = text.Substring(start, length);
            var generation = Generate("on", options with { StopStrings = [stop] });
            Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], string.Concat(generation));
            Assert.Equal(FinishReason.StopString, generation.Finish);
        }, iter: 30);

    [Fact]
    public void The_end_token_and_a_new_beginning_end_the_text_and_are_not_part_of_it()
    {
        var options = new GenerationOptions { MaxTokens = 30 };
        var tokens = Tokens("the", options);
        var third = tokens[2];
        var before = tokens.TakeWhile(token => token != third).ToArray();

        using var ending = new RandomModel(Config with { EndToken = third });
        var generation = Generate("the", options, Decoder.Load(ending.Checkpoint));
        Assert.Equal(Text.Decode(before), string.Concat(generation));
        Assert.Equal((before.Length, FinishReason.EndToken), (generation.Tokens, generation.Finish));
    }

    [Fact]
    public void The_begin_token_is_read_first()
    {
        using var beginning = new RandomModel(Config with { BeginToken = 7 });
        var decoder = Decoder.Load(beginning.Checkpoint);
        var generation = Generate("", new GenerationOptions { MaxTokens = 1, Sampling = SamplingOptions.Greedy }, decoder);
        var first = new Sampler(SamplingOptions.Greedy).Sample(decoder.Forward([7], new KvCache(decoder.Config), decoder.Config.FullWidths));
        Assert.Equal(Text.Decode([first]), string.Concat(generation));
        Assert.Equal(1, generation.PromptTokens);
    }

    [Fact]
    public void A_full_context_ends_the_text()
    {
        var generation = Generate("the cat", new GenerationOptions { MaxTokens = 1000 });
        Assert.NotEmpty(generation.ToList());
        Assert.Equal(FinishReason.ContextFull, generation.Finish);
        Assert.Equal(Config.ContextLength + 1, generation.PromptTokens + generation.Tokens); // the last one is predicted, not read
    }

    [Fact]
    public void A_plan_is_used()
    {
        string Run(WidthPlan? plan) => string.Concat(Generate("the", new GenerationOptions { MaxTokens = 20, Sampling = SamplingOptions.Greedy, Plan = plan }));
        Assert.Equal(Run(null), Run(Config.FullWidths));
        Assert.NotEqual(Run(null), Run(WidthPlan.Uniform(9, 3)));
    }

    /// <summary>Stop strings, the end of the tokens wanted and the end of the context, wherever they fall in a draft.</summary>
    [Fact]
    public void A_greedy_text_with_drafts_is_the_text_without_them() =>
        Gen.Select(Gen.Int[1, 62], Gen.Int[0, 30], Gen.Int[1, 3], Gen.Int[1, 9]).Sample((most, start, length, drafted) =>
        {
            var options = new GenerationOptions { MaxTokens = most, Sampling = SamplingOptions.Greedy };
            var whole = string.Concat(Generate("the cat", options));
            if (start + length <= whole.Length)
                options = options with { StopStrings = [whole.Substring(start, length)] };
            var (plain, drafting) = (Generate("the cat", options), Generate("the cat", options with { Speculation = Drafting with { DraftTokens = drafted } }));
            Assert.Equal(string.Concat(plain), string.Concat(drafting));
            Assert.Equal((plain.Tokens, plain.Finish), (drafting.Tokens, drafting.Finish));
            Assert.Empty(plain.Drafts);
            Assert.Equal([WidthPlan.Uniform(18, 3), null], drafting.Drafts.Select(draft => draft.Plan));
        }, iter: 40);

    [Fact]
    public void The_end_token_ends_a_text_with_drafts_and_a_full_context_too()
    {
        var options = new GenerationOptions { MaxTokens = 1000, Sampling = SamplingOptions.Greedy };
        var plain = Generate("the", options);
        Assert.Equal(string.Concat(plain), string.Concat(Generate("the", options with { Speculation = Drafting })));
        Assert.Equal(FinishReason.ContextFull, plain.Finish);

        using var ending = new RandomModel(Config with { EndToken = Tokens("the", options with { MaxTokens = 9 })[8] });
        var decoder = Decoder.Load(ending.Checkpoint);
        var (alone, drafting) = (Generate("the", options, decoder), Generate("the", options with { Speculation = Drafting }, decoder));
        Assert.Equal(string.Concat(alone), string.Concat(drafting));
        Assert.Equal((alone.Tokens, FinishReason.EndToken), (drafting.Tokens, drafting.Finish));
    }

    [Fact]
    public void A_draft_plan_that_does_not_fit_is_refused_before_anything_runs() =>
        Assert.Throws<NestorException>(() => Generate("the", new GenerationOptions { Plan = WidthPlan.Uniform(9, 3), Speculation = Drafting }));

    [Fact]
    public void Cancelling_stops_before_the_next_token()
    {
        using var source = new CancellationTokenSource();
        var generation = new TextGenerator(Decoder.Load(model.Checkpoint), Text).Generate("the", new GenerationOptions { MaxTokens = 1000 }, source.Token);
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var _ in generation)
                source.Cancel();
        });
        Assert.InRange(generation.Tokens, 1, 10); // the first piece may need some tokens to be a whole character
        Assert.Null(generation.Finish);
    }

    [Fact]
    public void Seconds_are_those_of_the_given_clock_while_the_model_runs()
    {
        var generation = Generate("the", new GenerationOptions { MaxTokens = 5 }, clock: new TickingClock());
        Assert.NotEmpty(generation.ToList());
        Assert.Equal((1, 5), (generation.PromptSeconds, generation.Seconds));
    }

    [Fact]
    public void A_generation_runs_once()
    {
        var generation = Generate("the", new GenerationOptions { MaxTokens = 1 });
        _ = generation.ToList();
        Assert.Throws<InvalidOperationException>(() => generation.ToList());
    }

    [Fact]
    public void What_cannot_be_continued_is_refused_before_anything_runs()
    {
        Assert.Contains("empty", Assert.Throws<NestorException>(() => Generate("")).Message, StringComparison.Ordinal);
        Assert.Contains("context 64", Assert.Throws<NestorException>(() => Generate(new string('x', 65))).Message, StringComparison.Ordinal);
        Assert.Throws<NestorException>(() => Generate("a", new GenerationOptions { Plan = WidthPlan.Uniform(73, 3) }));

        var error = Assert.Throws<NestorException>(() => Generate("a", new GenerationOptions { MaxTokens = 0, StopStrings = [""], Sampling = new SamplingOptions { TopK = -1 } }));
        foreach (var problem in new[] { "tokens to generate", "stop string", "top-k" })
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private Generation Generate(string prompt, GenerationOptions? options = null, Decoder? decoder = null, TimeProvider? clock = null) =>
        new TextGenerator(decoder ?? Decoder.Load(model.Checkpoint), Text, clock).Generate(prompt, options, TestContext.Current.CancellationToken);

    /// <summary>The loop that a generation is, without streaming.</summary>
    private List<int> Tokens(string prompt, GenerationOptions options)
    {
        var decoder = Decoder.Load(model.Checkpoint);
        var sampler = new Sampler(options.Sampling);
        var cache = new KvCache(decoder.Config);
        var tokens = new List<int>();
        for (var next = Text.Encode(prompt); tokens.Count < options.MaxTokens; next = [tokens[^1]])
            tokens.Add(sampler.Sample(decoder.Forward(next, cache, decoder.Config.FullWidths)));
        return tokens;
    }

    /// <summary>A clock that moves one second each time it is looked at.</summary>
    private sealed class TickingClock : TimeProvider
    {
        private long seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => seconds++;
    }
}
