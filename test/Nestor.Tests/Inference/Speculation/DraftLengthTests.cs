using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Speculation;
using Nestor.Models;

namespace Nestor.Tests.Inference.Speculation;

public sealed class DraftLengthTests
{
    private static readonly ReadingCost Flat = ReadingCost.Given(1, 0.05);

    /// <summary>From the paper's formula, by trying every length.</summary>
    [Fact]
    public void The_best_length_yields_most_tokens_for_its_cost() =>
        Gen.Select(Gen.Double[0, 0.99], Gen.Double[0, 1.2], Gen.Double[0, 1], Gen.Int[1, 20]).Sample((acceptance, draft, further, most) =>
        {
            double Yield(int length) =>
                (1 - Math.Pow(acceptance, length + 1)) / (1 - acceptance) / (length * draft + 1 + further * length);
            var (best, yield) = DraftLength.Best(acceptance, draft, ReadingCost.Given(1, further), most);
            Assert.Equal(Enumerable.Range(0, most + 1).Max(Yield), yield, 1e-9);
            Assert.Equal(Yield(best), yield, 1e-9);
        });

    /// <summary>The lengths of the notes on MatFormer's 850 M model, whose S costs 0.51 of XL: more acceptance, longer drafts.</summary>
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.7, 1)]
    [InlineData(0.8, 2)]
    [InlineData(0.9, 3)]
    [InlineData(0.95, 5)]
    public void Acceptance_decides_how_far_to_draft(double acceptance, int length) =>
        Assert.Equal(length, DraftLength.Best(acceptance, draftCost: 0.51, ReadingCost.Given(1, 0), most: 16).Length);

    [Fact]
    public void A_drafter_that_never_agrees_is_only_probed()
    {
        var length = new DraftLength(8, adaptive: true);
        var (drafts, tokens) = (0, 0);
        for (var i = 0; i < 1000; i++)
        {
            var (chosen, _) = length.Decide(0.3, Flat, room: 100);
            if (chosen == 0)
                continue;
            length.Learn(chosen, accepted: 0);
            drafts++;
            tokens += chosen;
        }

        Assert.InRange(length.Acceptance, 0, 0.35);
        Assert.InRange(drafts, 1000 / DraftLength.MostPatience + 1, 12);
        Assert.InRange(tokens, drafts, drafts + 8);
    }

    [Fact]
    public void A_drafter_that_always_agrees_drafts_all_there_is_room_for()
    {
        var length = new DraftLength(8, adaptive: true);
        for (var i = 0; i < 100; i++)
            length.Learn(length.Decide(0.3, Flat, room: 100).Length, accepted: length.Decide(0.3, Flat, room: 100).Length);
        Assert.Equal(8, length.Decide(0.3, Flat, room: 100).Length);
        Assert.Equal(5, length.Decide(0.3, Flat, room: 5).Length);
    }

    [Fact]
    public void A_drafter_that_agrees_again_is_used_again()
    {
        var length = new DraftLength(8, adaptive: true);
        for (var i = 0; i < 100; i++)
            length.Learn(1, accepted: 0);
        var steps = 0;
        for (; length.Decide(0.3, Flat, room: 100).Length < 8; steps++)
        {
            var (chosen, _) = length.Decide(0.3, Flat, room: 100);
            if (chosen > 0)
                length.Learn(chosen, accepted: chosen);
            Assert.InRange(steps, 0, 100);
        }

        Assert.InRange(steps, DraftLength.Patience / 2, 100);
    }

    [Fact]
    public void Drafts_grow_by_one_token_as_long_as_costs_are_unknown()
    {
        var (length, reading) = (new DraftLength(8, adaptive: true), ReadingCost.Measured(10));
        Assert.Equal(0, length.Decide(0, reading, room: 100).Length);
        for (var tokens = 1; tokens <= 9; tokens++)
        {
            reading.Add(tokens, 1 + 0.01 * tokens);
            Assert.Equal(Math.Min(tokens, 8), length.Decide(0.01, reading, room: 100).Length);
        }
    }

    [Fact]
    public void A_fixed_length_is_always_the_same_where_there_is_room()
    {
        var length = new DraftLength(4, adaptive: false);
        for (var i = 0; i < 100; i++)
            length.Learn(4, accepted: 0);
        Assert.Equal((4, 2), (length.Decide(9, Flat, room: 100).Length, length.Decide(9, Flat, room: 2).Length));
    }

    /// <summary>A token of the text's own that never comes makes a drafter that is always wrong.</summary>
    [Fact]
    public void A_text_with_a_useless_drafter_is_decoded_plainly_and_one_with_a_perfect_one_at_full_length()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = 1 });
        var plain = SpeculatedTexts.Plainly(decoder, RandomModel.Tokens(4), decoder.Config.FullWidths, 140);
        var never = Enumerable.Range(0, decoder.Config.VocabularySize).Except(plain).First();
        foreach (var (drafter, least, most) in new (IDrafter, int, int)[] { (new Repeated([never]), 5, 25), (new Repeated(plain), 110, 140) })
        {
            var source = new DraftSource(drafter, new SpeculationOptions { PromptLookup = true, Costs = SpeculatedTexts.Cheap(0) });
            var sampler = new Sampler(SamplingOptions.Greedy);
            var plan = new SpeculativePlan(
                new DecoderAtPlan(decoder, decoder.Config.FullWidths), new KvCache(decoder.Config), sampler, new Acceptance(sampler.Random, decoder.Config.VocabularySize),
                Flat, [source], mostDrafted: 8, stopBelow: null, TimeProvider.System);
            var text = RandomModel.Tokens(4).ToList();
            plan.ReadPrompt([.. text]);
            while (text.Count < 144)
                plan.Step(text, 144 - text.Count, new Draft());
            Assert.Equal(plain, text.Skip(4));
            Assert.InRange(source.Statistics.DraftedTokens, least, most);
        }
    }

    /// <summary>A clock that moves as much for a draft as for a verification: no acceptance makes that pay.</summary>
    [Fact]
    public void Costs_are_measured_by_the_given_clock()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = 1 });
        var options = new SpeculationOptions { Drafts = [decoder.Config.FullWidths] };
        var stream = SpeculatedTexts.Stream(decoder, RandomModel.Tokens(4), decoder.Config.FullWidths, options, time: new TickingClock());
        stream.Take(140);
        Assert.InRange(stream.Drafts[0].DraftedTokens, 1, 40);
    }

    /// <summary>By the same clock: the first text drafts until it knows that this does not pay, the second only where all texts probe.</summary>
    [Fact]
    public void A_text_begins_with_the_costs_that_the_last_one_learned()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = 1 });
        var options = new SpeculationOptions { Drafts = [WidthPlan.Uniform(decoder.Config.Granularities[0].Width, decoder.Config.Layers)] };
        var (costs, drafted) = (new LearnedCosts(), new List<int>());
        for (var text = 0; text < 2; text++)
        {
            var stream = SpeculatedTexts.Stream(decoder, RandomModel.Tokens(4), decoder.Config.FullWidths, options, costs: costs, time: new TickingClock());
            stream.Take(140);
            drafted.Add(stream.Drafts[0].DraftedTokens);
        }

        Assert.InRange(drafted[1], 0, drafted[0] - 1);
    }

    /// <summary>Drafts what stands at the same place of a text, which repeats.</summary>
    private sealed class Repeated(int[] tokens) : IDrafter
    {
        public WidthPlan? Plan => null;

        public double TokenCost => 0.3;

        public void ReadPrompt(ReadOnlySpan<int> prompt)
        {
        }

        public void Draft(List<int> text, int most, Draft draft)
        {
            for (var i = 0; i < most; i++)
            {
                var token = tokens[(text.Count - 4) % tokens.Length];
                draft.Distribution(i).SetCertain(token);
                draft.Add(token);
                text.Add(token);
            }
        }

        public void Forget(int length)
        {
        }
    }

    /// <summary>A clock that moves one second each time it is looked at.</summary>
    private sealed class TickingClock : TimeProvider
    {
        private long seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => seconds++;
    }
}
