using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>A plan chosen under a budget, its measured loss, and the frontier it was chosen from.</summary>
public sealed record PlanSelection
{
    // Points of the frontier that are measured as well, so that its predictions can be judged; the last is the whole model.
    private const int MeasuredPoints = 5;

    private PlanSelection()
    {
    }

    /// <summary>The rule that chose.</summary>
    public required SelectionRule Rule { get; init; }

    /// <summary>What the plan may cost.</summary>
    public required PlanLimit Limit { get; init; }

    /// <summary>The plan.</summary>
    public required WidthPlan Plan { get; init; }

    /// <summary>The plan's measured loss in nats per token.</summary>
    public required double Loss { get; init; }

    /// <summary>The whole model's measured loss in nats per token.</summary>
    public required double WholeLoss { get; init; }

    /// <summary>The best plans of the rule at rising costs.</summary>
    public required IReadOnlyList<PlanPoint> Frontier { get; init; }

    /// <summary>Every plan that was measured, in its order.</summary>
    public required IReadOnlyList<FrontierPoint> Measured { get; init; }

    /// <summary>The plan's cost, in the unit of the budget.</summary>
    public double Cost => Limit.Costs.Of(Plan);

    /// <summary>Plans that were measured.</summary>
    public int Evaluations => Measured.Count;

    /// <summary>Most plans that are measured: layers x (g - 1) + 10.</summary>
    public static int EvaluationBudget(WidthChoices choices) => choices.Narrowings + 10;

    /// <summary>Chooses a plan and measures it, the whole model and a few points of the frontier.</summary>
    /// <param name="rule">How to choose.</param>
    /// <param name="limit">What the plan may cost.</param>
    /// <param name="losses">What measures; nothing measured before.</param>
    /// <param name="evolution">How to search, for <see cref="SelectionRule.Evolution"/>; within <see cref="EvaluationBudget"/> if not given.</param>
    /// <exception cref="NestorException">An option is out of range, or a loss is not a number.</exception>
    public static PlanSelection Select(SelectionRule rule, PlanLimit limit, PlanLosses losses, EvolutionOptions? evolution = null)
    {
        var whole = losses.Of(limit.Choices.Widest);
        var (plan, frontier) = rule switch
        {
            SelectionRule.Paper => (PaperRule.Select(limit), ByRule(limit)),
            SelectionRule.Measured => ByMeasurement(limit, losses),
            SelectionRule.Evolution => (EvolutionarySearch.Select(limit, losses, evolution ?? new EvolutionOptions { Evaluations = EvaluationBudget(limit.Choices) - 1 }), []),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "not a rule"),
        };
        var loss = losses.Of(plan);
        foreach (var point in MixNMatch.Frontier.Spread([.. frontier.Select(point => new FrontierPoint(point.Plan, point.Cost, point.Predicted ?? 0))], MeasuredPoints))
            losses.Of(point.Plan);
        var measured = losses.Plans.Select(known => new FrontierPoint(known, limit.Costs.Of(known), losses.Of(known))).ToList();
        if (rule == SelectionRule.Evolution)
            frontier = [.. MixNMatch.Frontier.Of(measured).Select(point => new PlanPoint(point.Plan, point.Cost, null, point.Loss))];
        return new PlanSelection
        {
            Rule = rule,
            Limit = limit,
            Plan = plan,
            Loss = loss,
            WholeLoss = whole,
            Frontier = [.. frontier.Select(point => point with { Measured = losses.Known(point.Plan) })],
            Measured = measured,
        };
    }

    private static List<PlanPoint> ByRule(PlanLimit limit) =>
        [.. PaperRule.Plans(limit.Choices).Select(plan => new PlanPoint(plan, limit.Costs.Of(plan), null, null)).OrderBy(point => point.Cost)];

    private static (WidthPlan Plan, List<PlanPoint> Frontier) ByMeasurement(PlanLimit limit, PlanLosses losses)
    {
        var program = new PlanProgram(limit.Costs, LossIncrements.Measure(limit.Choices, losses), MeasuredSelection.Candidates);
        return (MeasuredSelection.Select(limit, program, losses), [.. program.Frontier.Select(point => new PlanPoint(point.Plan, point.Cost, point.Loss, null))]);
    }
}
