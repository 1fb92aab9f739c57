using Nestor.MixNMatch;
using Nestor.Models;

namespace Nestor.Cli.Reports;

/// <summary>What one way of choosing chose for one budget.</summary>
/// <param name="Name">The way.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Evaluations">Plans it measured on the text for choosing.</param>
/// <param name="Seconds">Time of these measurements.</param>
internal sealed record RuleOutcome(string Name, WidthPlan Plan, int Evaluations, double Seconds);

/// <summary>What all ways chose for one budget.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="Predicted">The loss of the programme's plan as single layers predict it, on the text for choosing.</param>
/// <param name="Measured">The same plan's measured loss on the same text.</param>
/// <param name="Outcomes">What each way chose, the paper's rule first.</param>
internal sealed record BudgetOutcome(Budget Budget, double Predicted, double Measured, IReadOnlyList<RuleOutcome> Outcomes);

/// <summary>The same two widths in the paper's four shapes.</summary>
/// <param name="Plans">Increasing, decreasing, V and hill.</param>
internal sealed record ShapeOutcome(IReadOnlyList<WidthPlan> Plans);
