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
    /// <param name="page">Receives them.</param>
    /// <param name="decoder">The model that decides, at its full width.</param>
    /// <param name="draftModels">The same model in other weights.</param>
    public static void Run(TextWriter page, Decoder decoder, IReadOnlyList<Decoder> draftModels)
    {
        var config = decoder.Config;
        WidthPlan[] plans = [.. MeasuredPlans(config)];
        var decides = plans.Length - 1;
        var models = draftModels.Prepend(decoder).SelectMany(model => plans.Select(plan => new DecoderAtPlan(model, plan))).ToArray();
        var costs = ReadingCostMeasurement.Run(models, Lengths[^1]);
        string Name(int model) => WidthPlanText.Print(models[model].Plan, config.Granularities) + (models[model].Decoder == decoder ? "" : $" in {models[model].Decoder.Weights}");

        var unit = costs[decides].Of(1);
        page.WriteLine(Shown($"\n## Costs\n\nReading tokens in one call after {ReadingCostMeasurement.Position(models[0])} others, in units of one token at {Name(decides)} ({unit * 1e6:F0} µs).\n"));
        page.WriteLine("| plan | " + string.Join(" | ", Lengths) + " |\n|---|" + string.Concat(Lengths.Select(_ => "---|")));
        for (var model = 0; model < models.Length; model++)
            page.WriteLine($"| {Name(model)} | {string.Join(" | ", Lengths.Select(length => Shown($"{costs[model].Of(length) / unit:F2}")))} |");

        page.WriteLine("\nThe ratio to plain decoding that these costs allow at some acceptances, and the length of the drafts that reaches it.\n");
        page.WriteLine("| drafts | " + string.Join(" | ", Acceptances.Select(acceptance => Shown($"{acceptance:P0}"))) + " |\n|---|" + string.Concat(Acceptances.Select(_ => "---|")));
        foreach (var model in Enumerable.Range(0, models.Length).Where(model => model != decides))
            page.WriteLine($"| {Name(model)} | {string.Join(" | ", Acceptances.Select(acceptance => Worth(acceptance, costs[model].Of(1), costs[decides])))} |");
        page.WriteLine($"| nothing to draft costs | {string.Join(" | ", Acceptances.Select(acceptance => Worth(acceptance, 0, costs[decides])))} |");
    }

    private static string Worth(double acceptance, double draftCost, ReadingCost verifier)
    {
        var (length, ratio) = PredictedSpeedUp.Of(acceptance, draftCost, verifier, LongestDraft);
        return Shown($"{ratio:F2} ({length})");
    }

    private static IEnumerable<WidthPlan> MeasuredPlans(ModelConfig config) => config.Granularities.Count > 0
        ? config.Granularities.Select(granularity => WidthPlan.Uniform(granularity.Width, config.Layers)).Append(config.FullWidths).Distinct()
        : new[] { "12.5%", "25%", "50%", "100%" }.Select(share => WidthPlanText.Parse(share, config));

    private static string Shown(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
