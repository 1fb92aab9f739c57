using Nestor.Inference;
using Nestor.Inference.Speculation;
using Nestor.Models;

namespace Nestor.Tests.Inference.Speculation;

/// <summary>Texts as streams of tokens, with drafters and without.</summary>
internal static class SpeculatedTexts
{
    /// <summary>Costs under which long drafts pay.</summary>
    public static SpeculationCosts Cheap(int drafts) => new([.. Enumerable.Range(1, drafts).Select(i => 0.1 * i)], FurtherToken: 0.05);

    public static TokenStream Stream(
        Decoder decoder, int[] prompt, WidthPlan plan, SpeculationOptions? speculation, SamplingOptions? sampling = null, LearnedCosts? costs = null, TimeProvider? time = null)
    {
        speculation?.Validate();
        speculation?.Validate(decoder.Config, plan);
        var stream = new TokenStream(decoder, plan, sampling ?? SamplingOptions.Greedy, speculation, costs ?? new LearnedCosts(), time ?? TimeProvider.System);
        stream.Read(prompt);
        return stream;
    }

    /// <summary>The next tokens of a stream, exactly so many.</summary>
    public static int[] Take(this TokenStream stream, int count)
    {
        var tokens = new List<int>();
        while (tokens.Count < count)
            tokens.AddRange(stream.Next(count - tokens.Count));
        return [.. tokens];
    }

    /// <summary>The loop that a greedy text is.</summary>
    public static int[] Plainly(Decoder decoder, int[] prompt, WidthPlan plan, int count)
    {
        var sampler = new Sampler(SamplingOptions.Greedy);
        var cache = new KvCache(decoder.Config);
        var tokens = new List<int>();
        for (var next = prompt; tokens.Count < count; next = [tokens[^1]])
            tokens.Add(sampler.Sample(decoder.Forward(next, cache, plan)));
        return [.. tokens];
    }
}
