using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>Selection by measurement: increments of each layer, the exact programme over them, and the best of what it proposes by measured loss.</summary>
/// <remarks>
/// The increments cost layers x (g - 1) + 1 evaluations, once for all budgets; each budget costs <see cref="Candidates"/> + 1 more. The plan of
/// the paper's rule stands among the candidates, so on the text of the measurement this is never worse than the rule.
/// </remarks>
public static class MeasuredSelection
{
    /// <summary>How many of the programme's plans are measured.</summary>
    public const int Candidates = 4;

    /// <summary>Chooses a plan.</summary>
    /// <param name="limit">What it may cost.</param>
    /// <param name="program">The programme over the limit's costs, at least <see cref="Candidates"/> deep.</param>
    /// <param name="losses">What measures.</param>
    /// <returns>The candidate of least measured loss; of equal ones the programme's better one.</returns>
    public static WidthPlan Select(PlanLimit limit, PlanProgram program, PlanLosses losses)
    {
        var proposed = program.Best(limit.Most, Candidates).Select(point => point.Plan);
        var rule = PaperRule.Plans(limit.Choices).Where(plan => limit.Costs.Of(plan) <= limit.Most).MaxBy(limit.Costs.Of);
        return proposed.Concat(rule is null ? [] : [rule]).Distinct().MinBy(losses.Of)!;
    }
}
