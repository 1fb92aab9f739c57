using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>The paper's rule for Mix'n'Match: two neighbouring granularities, the narrower in the first layers.</summary>
/// <remarks>MatFormer (arXiv 2310.07707) §3.3 and D.1: widths do not decrease with depth and change as little as they can ("least slope").</remarks>
public static class PaperRule
{
    /// <summary>The plans of the rule, (g - 1) x layers + 1 of them, each wider than the one before.</summary>
    /// <remarks>In a model whose layers have different widths, a layer takes what it holds of the granularity.</remarks>
    public static IReadOnlyList<WidthPlan> Plans(WidthChoices choices)
    {
        var widths = Enumerable.Range(0, choices.Layers).SelectMany(layer => choices[layer]).Distinct().Order().ToList();
        var plans = widths.Zip(widths.Skip(1)).SelectMany(pair => Enumerable.Range(0, choices.Layers + 1).Select(wide =>
            new WidthPlan([.. Enumerable.Range(0, choices.Layers).Select(layer => Math.Min(choices.Widest[layer], layer < choices.Layers - wide ? pair.First : pair.Second))])));
        return [.. plans.Distinct()];
    }

    /// <summary>The plan of the rule that uses most of the limit.</summary>
    /// <exception cref="NestorException">No plan of the rule keeps the limit, which only measured times that fall with width can bring about.</exception>
    public static WidthPlan Select(PlanLimit limit) =>
        Plans(limit.Choices).Where(plan => limit.Costs.Of(plan) <= limit.Most).MaxBy(limit.Costs.Of)
        ?? throw new NestorException("No plan of the paper's rule keeps the budget; give a larger one, or choose another rule.");
}
