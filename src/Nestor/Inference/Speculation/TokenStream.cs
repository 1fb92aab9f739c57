using System.Runtime.InteropServices;
using Nestor.Models;

namespace Nestor.Inference.Speculation;

/// <summary>The tokens that continue a prompt, with drafters or without: one cache, or one for each plan, and the plans in a chain.</summary>
internal sealed class TokenStream
{
    private readonly List<int> text = [];
    private readonly Draft output = new();
    private readonly SpeculativePlan decides;

    /// <summary>Prepares a stream with nothing read.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="plan">The plan whose text it is.</param>
    /// <param name="sampling">How tokens are chosen.</param>
    /// <param name="speculation">Who drafts, checked against model and plan; nobody if not given.</param>
    /// <param name="costs">What was learned of costs before, for adaptive lengths where none are given; this text learns on.</param>
    /// <param name="time">Measures them.</param>
    public TokenStream(
        Decoder decoder, WidthPlan plan, SamplingOptions sampling, SpeculationOptions? speculation, LearnedCosts costs, TimeProvider time)
    {
        Cache = new KvCache(decoder.Config);
        var sampler = new Sampler(sampling);
        var acceptance = new Acceptance(sampler.Random, decoder.Config.VocabularySize);
        if (speculation is null)
        {
            decides = new SpeculativePlan(new DecoderAtPlan(decoder, plan), Cache, sampler, acceptance, ReadingCost.Given(1, 0), [], mostDrafted: 0, stopBelow: null, time);
            return;
        }

        var sources = new List<DraftSource>();
        DraftSource[] below = [];
        for (var i = 0; i < speculation.Drafts.Count; i++)
        {
            var chooses = i == 0 && speculation.GreedyDrafts ? new Sampler(SamplingOptions.Greedy) : sampler;
            var own = speculation.SeparateCaches ? new KvCache(decoder.Config) : Cache;
            var drafter = new DecoderAtPlan(speculation.DraftModel ?? decoder, speculation.Drafts[i]);
            below = [Source(Plan(drafter, own, chooses, speculation.Costs?.Drafts[i], below, speculation.StopBelow))];
        }

        if (speculation.PromptLookup)
            below = [Source(new PromptLookup(decoder.Config, speculation.LongestMatch, speculation.ShortestMatch)), .. below];
        decides = Plan(new DecoderAtPlan(decoder, plan), Cache, sampler, 1, below, stopBelow: null);
        Drafts = [.. sources.Select(source => source.Statistics)];

        DraftSource Source(IDrafter drafter)
        {
            sources.Add(new DraftSource(drafter, speculation));
            return sources[^1];
        }

        SpeculativePlan Plan(DecoderAtPlan model, KvCache own, Sampler chooses, double? one, DraftSource[] drafters, double? stopBelow)
        {
            var cost = speculation is { Adaptive: true, Costs: null }
                ? costs.Of(model)
                : ReadingCost.Given(one ?? 1, speculation.Costs?.FurtherToken ?? 0);
            return new SpeculativePlan(model, own, chooses, acceptance, cost, drafters, speculation.DraftTokens, stopBelow, time);
        }
    }

    /// <summary>What the plan whose text it is has read: the prompt, and all tokens since but the last.</summary>
    public KvCache Cache { get; }

    /// <summary>How each drafter has fared, narrowest plan first and prompt lookup last.</summary>
    public IReadOnlyList<DraftStatistics> Drafts { get; } = [];

    /// <summary>Reads the prompt, or its next part, before anything is generated.</summary>
    /// <exception cref="NestorException">A token is outside the vocabulary, or the context is full.</exception>
    public void Read(ReadOnlySpan<int> prompt)
    {
        text.AddRange(prompt);
        decides.ReadPrompt(CollectionsMarshal.AsSpan(text));
    }

    /// <summary>Generates at least one token; valid until the next call. A token that ends the text is the last.</summary>
    /// <param name="most">Most tokens wanted, at least 1.</param>
    /// <exception cref="NestorException">The context is full, or the model's scores are not numbers.</exception>
    public IReadOnlyList<int> Next(int most)
    {
        output.Clear();
        decides.Step(text, most, output);
        return output.Tokens;
    }
}
