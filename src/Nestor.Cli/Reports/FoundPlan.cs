using Nestor.Inference;
using Nestor.MixNMatch;
using Nestor.Models;

namespace Nestor.Cli.Reports;

/// <summary>What <c>nestor plan</c> found.</summary>
internal sealed record FoundPlan
{
    // Rows of the frontier that people are shown.
    private const int Rows = 12;

    /// <summary>The model.</summary>
    public required ModelConfig Config { get; init; }

    /// <summary>The budget as it was given.</summary>
    public required Budget Budget { get; init; }

    /// <summary>Type of the weights.</summary>
    public required WeightType Type { get; init; }

    /// <summary>Measured times of the layers, where there are some.</summary>
    public required CostTable? Table { get; init; }

    /// <summary>The selection.</summary>
    public required PlanSelection Selection { get; init; }

    /// <summary>Tokens that each loss was measured on.</summary>
    public required long Tokens { get; init; }

    /// <summary>The plan as <c>--plan</c> takes it.</summary>
    public string Text => Print(Selection.Plan);

    /// <summary>The plan's cost.</summary>
    public PlanCost Cost => CostOf(Selection.Plan);

    /// <summary>A number of points spread over the frontier, those that were measured and the plan itself.</summary>
    public IReadOnlyList<PlanPoint> Overview
    {
        get
        {
            var points = Selection.Frontier.Select(point => new FrontierPoint(point.Plan, point.Cost, 0)).ToList();
            var spread = Frontier.Spread(points, Rows).Select(point => point.Plan).ToHashSet();
            var shown = Selection.Frontier.Where(point => spread.Contains(point.Plan) || point.Measured is not null || point.Plan.Equals(Selection.Plan));
            if (Selection.Frontier.All(point => !point.Plan.Equals(Selection.Plan)))
                shown = shown.Append(new PlanPoint(Selection.Plan, Selection.Cost, null, Selection.Loss));
            return [.. shown.OrderBy(point => point.Cost)];
        }
    }

    /// <summary>A plan's cost.</summary>
    public PlanCost CostOf(WidthPlan plan) => PlanCost.Of(Config, plan, Type, Table);

    /// <summary>A plan as <c>--plan</c> takes it.</summary>
    public string Print(WidthPlan plan) => WidthPlanText.Print(plan, Config.Granularities);
}
