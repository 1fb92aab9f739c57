using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>Mix'n'Match plans by the paper's rule: two neighbouring granularities, the narrower ones in the first layers.</summary>
/// <remarks>MatFormer (arXiv 2310.07707) §3.3 and D.1: non-decreasing with depth, least slope.</remarks>
internal static class MixedPlans
{
    /// <summary>For each pair of neighbours, a third and two thirds of the layers at the narrower width.</summary>
    public static IEnumerable<WidthPlan> Between(INestedConfig config)
    {
        foreach (var (narrow, wide) in config.Granularities.Zip(config.Granularities.Skip(1)))
        {
            foreach (var narrowLayers in new[] { config.FullWidths.Layers * 2 / 3, config.FullWidths.Layers / 3 }.Distinct())
                yield return new WidthPlan([.. Enumerable.Repeat(narrow.Width, narrowLayers), .. Enumerable.Repeat(wide.Width, config.FullWidths.Layers - narrowLayers)]);
        }
    }

    /// <summary>The plan upside down: the wider layers first, which the paper found worse.</summary>
    public static WidthPlan Reversed(WidthPlan plan) => new([.. plan.AsSpan().ToArray().Reverse()]);
}
