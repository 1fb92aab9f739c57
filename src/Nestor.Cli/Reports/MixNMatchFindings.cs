using Nestor.MixNMatch;
using Nestor.Models;

namespace Nestor.Cli.Reports;

/// <summary>What <c>nestor reproduce mixnmatch</c> found.</summary>
internal sealed record MixNMatchFindings
{
    public required ModelConfig Config { get; init; }

    /// <summary>Times of the layers.</summary>
    public required CostTable Table { get; init; }

    /// <summary>What was chosen for each budget.</summary>
    public required IReadOnlyList<BudgetOutcome> Budgets { get; init; }

    /// <summary>Pairs of widths, each arranged in every <see cref="PlanShape"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<WidthPlan>> Shapes { get; init; }

    /// <summary>Tokens that plans were chosen by.</summary>
    public required long Chosen { get; init; }

    /// <summary>Tokens that the chosen were judged by.</summary>
    public required long Judged { get; init; }

    /// <summary>The nats of each window of the text for judging at a plan.</summary>
    public required Func<WidthPlan, double[]> Windows { get; init; }

    /// <summary>Documents of both texts.</summary>
    public required long Documents { get; init; }
}

/// <summary>What all ways chose for one budget.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="Predicted">The loss of the programme's plan as single layers predict it, on the text for choosing.</param>
/// <param name="Measured">The same plan's measured loss on the same text.</param>
/// <param name="Outcomes">What each way chose, the paper's rule first.</param>
internal sealed record BudgetOutcome(Budget Budget, double Predicted, double Measured, IReadOnlyList<RuleOutcome> Outcomes);

/// <summary>What one way of choosing chose for one budget.</summary>
/// <param name="Way">The way.</param>
/// <param name="Seed">What decided all that was random in it; null where nothing was.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Evaluations">Plans it measured on the text for choosing.</param>
/// <param name="Seconds">Time of these measurements.</param>
internal sealed record RuleOutcome(string Way, ulong? Seed, WidthPlan Plan, int Evaluations, double Seconds)
{
    /// <summary>The way with its seed.</summary>
    public string Name => Seed is null ? Way : $"{Way}, seed {Seed}";
}
