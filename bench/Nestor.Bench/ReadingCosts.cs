using System.Globalization;
using Nestor.Evaluation.Consistency;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Inference.Speculation;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>What reading several tokens at once costs at each plan, and what drafts are worth by that: why speculation pays, or not.</summary>
internal static class ReadingCosts
{
    private const int LongestDraft = 8;

    private static readonly int[] Lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    private static readonly double[] Acceptances = [0.6, 0.7, 0.8, 0.9, 0.95];

    /// <summary>Measures and prints two Markdown tables.</summary>
    public static void Run(TextWriter page, Decoder decoder)
    {
        var config = decoder.Config;
        WidthPlan[] plans = [.. MeasuredPlans(config)];
        var models = plans.Select(plan => new DecoderAtPlan(decoder, plan)).ToArray();
        var costs = ReadingCostMeasurement.Run(models, Lengths[^1]);

        var unit = costs[^1].Of(1);
        page.WriteLine(Shown($"\n## Costs\n\nReading tokens in one call after {ReadingCostMeasurement.Position(models[0])} others, in units of one token at {Name(plans[^1], config)} ({unit * 1e6:F0} µs).\n"));
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
        var (length, ratio) = PredictedSpeedUp.Of(acceptance, draftCost, verifier, LongestDraft);
        return Shown($"{ratio:F2} ({length})");
    }

    private static IEnumerable<WidthPlan> MeasuredPlans(ModelConfig config) => config.Granularities.Count > 0
        ? config.Granularities.Select(granularity => WidthPlan.Uniform(granularity.Width, config.Layers)).Append(config.FullWidths).Distinct()
        : new[] { "12.5%", "25%", "50%", "100%" }.Select(share => WidthPlanText.Parse(share, config));

    private static string Name(WidthPlan plan, ModelConfig config) => WidthPlanText.Print(plan, config.Granularities);

    private static string Shown(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
