using System.Diagnostics;
using System.Globalization;
using Nestor.Inference;
using Nestor.Inference.Speculation;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>What reading several tokens at once costs at each plan, and what drafts are worth by that: why speculation pays, or not.</summary>
internal static class ReadingCosts
{
    private const int LeastRounds = 9, LongestDraft = 8;

    // The last rounds count: by then the code is compiled as it stays.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly int[] Lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    private static readonly double[] Acceptances = [0.6, 0.7, 0.8, 0.9, 0.95];

    /// <summary>Measures and prints two Markdown tables.</summary>
    public static void Run(TextWriter page, Decoder decoder, TimeProvider time)
    {
        var config = decoder.Config;
        WidthPlan[] plans = [.. MeasuredPlans(config)];
        var costs = plans.Select(_ => ReadingCost.Measured(Lengths[^1])).ToArray();
        var cache = new KvCache(config);
        var position = Math.Min(128, config.ContextLength / 2);
        var tokens = Enumerable.Range(0, position + Lengths[^1]).Select(i => i * 31 % config.VocabularySize).ToArray();
        decoder.Forward(tokens.AsSpan(0, position), cache, config.FullWidths);
        var logits = new float[Lengths[^1] * config.VocabularySize];
        var begin = Stopwatch.GetTimestamp();
        for (var round = 0; round < LeastRounds || Stopwatch.GetElapsedTime(begin) < Patience; round++)
        {
            for (var plan = 0; plan < plans.Length; plan++)
            {
                cache.Truncate(position);
                decoder.Forward(tokens.AsSpan(position, 1), cache, plans[plan], logits.AsSpan(0, config.VocabularySize)); // the caches hold the plan's weights as in decoding
                foreach (var length in Lengths)
                {
                    cache.Truncate(position);
                    var start = time.GetTimestamp();
                    decoder.ForwardAll(tokens.AsSpan(position, length), cache, plans[plan], logits.AsSpan(0, length * config.VocabularySize));
                    costs[plan].Add(length, time.GetElapsedTime(start).TotalSeconds);
                }
            }
        }

        var unit = costs[^1].Of(1);
        page.WriteLine(Shown($"\n## Costs\n\nReading tokens in one call after {position} others, in units of one token at {Name(plans[^1], config)} ({unit * 1e6:F0} µs).\n"));
        page.WriteLine("| plan | " + string.Join(" | ", Lengths) + " |\n|---|" + string.Concat(Lengths.Select(_ => "---|")));
        for (var plan = 0; plan < plans.Length; plan++)
            page.WriteLine($"| {Name(plans[plan], config)} | {string.Join(" | ", Lengths.Select(length => Shown($"{costs[plan].Of(length) / unit:F2}")))} |");

        page.WriteLine("\nThe ratio to plain decoding that these costs allow at some acceptances, and the length of the drafts that reaches it.\n");
        page.WriteLine("| drafts | " + string.Join(" | ", Acceptances.Select(acceptance => Shown($"{acceptance:P0}"))) + " |\n|---|" + string.Concat(Acceptances.Select(_ => "---|")));
        for (var plan = 0; plan < plans.Length - 1; plan++)
            page.WriteLine($"| {Name(plans[plan], config)} | {string.Join(" | ", Acceptances.Select(acceptance => Worth(acceptance, costs[plan].Of(1), costs[^1])))} |");
        page.WriteLine($"| nothing to draft costs | {string.Join(" | ", Acceptances.Select(acceptance => Worth(acceptance, 0, costs[^1])))} |");
    }

    private static string Worth(double acceptance, double draftCost, ReadingCost verifier)
    {
        var (length, yield) = DraftLength.Best(acceptance, draftCost, verifier, LongestDraft);
        return Shown($"{yield * verifier.Of(1):F2} ({length})");
    }

    private static IEnumerable<WidthPlan> MeasuredPlans(ModelConfig config) => config.Granularities.Count > 0
        ? config.Granularities.Select(granularity => WidthPlan.Uniform(granularity.Width, config.Layers)).Append(config.FullWidths).Distinct()
        : new[] { "12.5%", "25%", "50%", "100%" }.Select(share => WidthPlanText.Parse(share, config));

    private static string Name(WidthPlan plan, ModelConfig config) => WidthPlanText.Print(plan, config.Granularities);

    private static string Shown(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
