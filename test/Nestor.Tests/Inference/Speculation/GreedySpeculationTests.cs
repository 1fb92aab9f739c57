using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Speculation;
using Nestor.Models;

namespace Nestor.Tests.Inference.Speculation;

public sealed class GreedySpeculationTests : IDisposable
{
    private static readonly WidthPlan[] Plans =
    [
        WidthPlan.Uniform(9, 3), WidthPlan.Uniform(18, 3), WidthPlan.Uniform(36, 3), WidthPlan.Uniform(72, 3), new(9, 40, 71), new(36, 9, 72),
    ];

    private static readonly (WidthPlan Draft, WidthPlan Plan)[] Pairs =
        [.. Plans.SelectMany(draft => Plans.Where(draft.FitsIn).Select(plan => (draft, plan)))];

    private static readonly Gen<(WidthPlan Draft, WidthPlan Plan)> AnyPair = Gen.Int[0, Pairs.Length - 1].Select(i => Pairs[i]);

    private readonly RandomModel model = new(RandomModel.Small);
    private readonly Decoder decoder, coarse;

    public GreedySpeculationTests()
    {
        decoder = Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = 1 });
        coarse = Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = 1, Weights = WeightType.Q4 });
    }

    public void Dispose() => model.Dispose();

    [Fact]
    public void The_text_is_plain_decodings_for_every_pair_of_plans_and_every_length()
    {
        var prompt = RandomModel.Tokens(10);
        var plain = Plans.ToDictionary(plan => plan, plan => SpeculatedTexts.Plainly(decoder, prompt, plan, 40));
        foreach (var (draft, plan) in Pairs)
        {
            foreach (var options in new[]
            {
                Fixed(1, draft), Fixed(3, draft), Fixed(8, draft),
                new SpeculationOptions { Drafts = [draft], Costs = SpeculatedTexts.Cheap(1) },
            })
            {
                var stream = SpeculatedTexts.Stream(decoder, prompt, plan, options);
                Assert.Equal(plain[plan], stream.Take(40));
                Assert.InRange(stream.Drafts[0].DraftedTokens, 1, 400);
                if (draft.Equals(plan))
                    Assert.Equal(stream.Drafts[0].DraftedTokens, stream.Drafts[0].AcceptedTokens);
            }
        }
    }

    /// <summary>Cascades, prompt lookup, caches of their own, drafts that stop early, lengths from the clock, other weights: whatever drafts.</summary>
    [Fact]
    public void The_text_is_plain_decodings_whatever_drafts()
    {
        Gen.Select(AnyPair, Gen.Int[0, 3], Gen.Bool.Array[5], Gen.Int[1, 9], Gen.OneOf(0, 0.2, 0.9), Gen.Int[1, 60]).Sample(
            (pair, cascade, on, tokens, stopBelow, count) =>
            {
                WidthPlan[] drafts = cascade switch { 0 => [], 1 => [pair.Draft], 2 => [Plans[0], pair.Draft], _ => [Plans[0], Plans[0], pair.Draft] };
                var options = new SpeculationOptions
                {
                    Drafts = [.. drafts.Where(plan => plan.FitsIn(pair.Draft))],
                    PromptLookup = on[0] || cascade == 0,
                    ShortestMatch = 1,
                    SeparateCaches = on[1],
                    Adaptive = on[2],
                    DraftTokens = tokens,
                    StopBelow = stopBelow,
                };
                if (on[4] && options.Drafts.Count > 0)
                    options = options with { DraftModel = coarse };
                if (on[3])
                    options = options with { Costs = SpeculatedTexts.Cheap(options.Drafts.Count) };
                var prompt = RandomModel.Tokens(1 + count % 7, seed: count);
                Assert.Equal(
                    SpeculatedTexts.Plainly(decoder, prompt, pair.Plan, count),
                    SpeculatedTexts.Stream(decoder, prompt, pair.Plan, options).Take(count));
            }, iter: 150, threads: 1);
    }

    /// <summary>Bit for bit, seen through the scores of the token after it.</summary>
    [Fact]
    public void The_cache_is_one_that_only_the_verifying_plan_wrote()
    {
        Gen.Select(AnyPair, Gen.Bool, Gen.Bool, Gen.Int[1, 6], Gen.Int[1, 40]).Sample((pair, cascade, coarsely, tokens, count) =>
        {
            var options = Fixed(tokens, cascade ? [Plans[0], pair.Draft] : [pair.Draft]) with { DraftModel = coarsely ? coarse : null };
            if (!Plans[0].FitsIn(pair.Draft))
                return;
            var prompt = RandomModel.Tokens(10);
            var stream = SpeculatedTexts.Stream(decoder, prompt, pair.Plan, options);
            var text = prompt.ToList();
            while (text.Count < prompt.Length + count)
                text.AddRange(stream.Next(20));
            Assert.Equal(text.Count - 1, stream.Cache.Length);
            var pure = decoder.Forward([.. text], new KvCache(decoder.Config), pair.Plan);
            Assert.Equal(pure, decoder.Forward([text[^1]], stream.Cache, pair.Plan));
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void A_draft_model_runs_the_plans_that_draft()
    {
        var prompt = RandomModel.Tokens(10);
        TokenStream Text(Decoder? drafter)
        {
            var stream = SpeculatedTexts.Stream(decoder, prompt, Plans[3], Fixed(4, Plans[3]) with { DraftModel = drafter });
            stream.Take(120);
            return stream;
        }

        var (own, other) = (Text(null).Drafts[0], Text(coarse).Drafts[0]);
        Assert.Equal(own.DraftedTokens, own.AcceptedTokens);
        Assert.InRange(other.AcceptedTokens, 1, other.DraftedTokens - 1);
    }

    [Fact]
    public void A_cascades_plans_report_their_own_drafts()
    {
        var stream = SpeculatedTexts.Stream(decoder, RandomModel.Tokens(10), Plans[3], Fixed(6, Plans[0], Plans[2]) with { PromptLookup = true });
        stream.Take(100);
        Assert.Equal([Plans[0], Plans[2], null], stream.Drafts.Select(draft => draft.Plan));
        foreach (var draft in stream.Drafts.Take(2))
        {
            Assert.InRange(draft.AcceptedTokens, 1, draft.DraftedTokens - 1);
            Assert.Equal((double)draft.AcceptedTokens / draft.Drafts, draft.MeanAcceptedLength);
            Assert.InRange(draft.MeanDraftLength, draft.MeanAcceptedLength, 6);
        }
    }

    [Fact]
    public void A_token_that_ends_the_text_ends_the_draft()
    {
        var prompt = RandomModel.Tokens(10);
        var plain = SpeculatedTexts.Plainly(decoder, prompt, Plans[3], 60);
        var count = Enumerable.Range(0, 60).First(i => i >= 5 && Array.IndexOf(plain, plain[i]) == i) + 1;
        using var ending = new RandomModel(RandomModel.Small with { EndToken = plain[count - 1] });
        var decoding = Decoder.Load(ending.Checkpoint, new DecoderOptions { Threads = 1 });
        foreach (var drafts in new WidthPlan[][] { [Plans[3]], [Plans[3], Plans[3]] })
        {
            var stream = SpeculatedTexts.Stream(decoding, prompt, Plans[3], Fixed(64, drafts));
            Assert.Equal(plain[..1], stream.Next(100));
            Assert.Equal(plain[1..count], stream.Next(100));
            Assert.Equal(count - 1, stream.Drafts[^1].DraftedTokens);
            Assert.Equal(prompt.Length + count - 1, stream.Cache.Length);
        }
    }

    [Fact]
    public void No_step_yields_more_than_is_wanted_or_fits()
    {
        var prompt = RandomModel.Tokens(10);
        var stream = SpeculatedTexts.Stream(decoder, prompt, Plans[3], Fixed(8, Plans[3]));
        Assert.Single(stream.Next(100));
        Assert.Single(stream.Next(1));
        Assert.Equal(3, stream.Next(3).Count);
        Assert.Equal(9, stream.Next(100).Count);
        var tokens = 14;
        while (stream.Cache.Length < stream.Cache.ContextLength)
            tokens += stream.Next(100).Count;
        Assert.Equal(RandomModel.Small.ContextLength + 1, prompt.Length + tokens);
        Assert.Throws<NestorException>(() => stream.Next(1));
    }

    [Fact]
    public void Tokens_of_an_uncertain_plan_are_the_last_of_their_drafts()
    {
        var stream = SpeculatedTexts.Stream(decoder, RandomModel.Tokens(10), Plans[3], Fixed(8, Plans[0]) with { StopBelow = 1 });
        stream.Take(50);
        Assert.Equal(1, stream.Drafts[0].MeanDraftLength);
        var middle = SpeculatedTexts.Stream(decoder, RandomModel.Tokens(10), Plans[3], Fixed(8, Plans[0]) with { StopBelow = 0.15 });
        middle.Take(50);
        Assert.InRange(middle.Drafts[0].MeanDraftLength, 1.01, 7);
    }

    private static SpeculationOptions Fixed(int tokens, params WidthPlan[] drafts) => new() { Drafts = drafts, DraftTokens = tokens, Adaptive = false };
}
