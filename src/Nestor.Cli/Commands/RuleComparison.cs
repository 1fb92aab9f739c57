using Nestor.Cli.Reports;
using Nestor.MixNMatch;
using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>The three ways to choose a plan, at several budgets, on a text for choosing.</summary>
/// <param name="choices">The widths of each layer.</param>
/// <param name="losses">Losses on the text for choosing.</param>
/// <param name="predictions">Predictions in this text.</param>
internal sealed class RuleComparison(WidthChoices choices, LossLog losses, long predictions)
{
    // The longer search measures so many times as many plans as the measured rule.
    private const int LongerSearch = 4;

    private readonly ulong[] seeds = [1, 2, 3];

    /// <summary>Chooses for a budget.</summary>
    public BudgetOutcome Choose(Budget budget, PlanLimit limit)
    {
        var single = new PlanLosses(Measure);
        var prediction = LossIncrements.Measure(choices, single);
        var program = new PlanProgram(limit.Costs, prediction, MeasuredSelection.Candidates);
        var first = program.Best(limit.Most)[0].Plan;

        var outcomes = new List<RuleOutcome> { new("rule", null, PaperRule.Select(limit), 0, 0), Counted("programme", single, _ => first) };
        outcomes.Add(Counted("measured", single, known => MeasuredSelection.Select(limit, program, known)));
        var evaluations = PlanSelection.EvaluationBudget(choices);
        foreach (var seed in seeds)
            outcomes.Add(Evolution("evolution", evaluations, seed));
        outcomes.Add(Evolution("longer evolution", LongerSearch * evaluations, seeds[0]));
        return new BudgetOutcome(budget, prediction.Of(first), Measure(first), outcomes);

        RuleOutcome Evolution(string way, int most, ulong seed) =>
            Counted(way, new PlanLosses(Measure), known => EvolutionarySearch.Select(limit, known, new EvolutionOptions { Evaluations = most, Seed = seed }), seed);
    }

    private RuleOutcome Counted(string way, PlanLosses known, Func<PlanLosses, WidthPlan> choose, ulong? seed = null)
    {
        var plan = choose(known);
        return new RuleOutcome(way, seed, plan, known.Evaluations, known.Plans.Sum(losses.Seconds));
    }

    private double Measure(WidthPlan plan) => losses.Windows(plan).Sum() / predictions;
}
