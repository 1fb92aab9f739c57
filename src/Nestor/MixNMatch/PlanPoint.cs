using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>A plan on the way from the smallest slice to the whole model.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Cost">Its cost, in the unit of the budget.</param>
/// <param name="Predicted">Its loss in nats per token as the increments predict it, if they were measured.</param>
/// <param name="Measured">Its loss in nats per token if it was measured.</param>
public sealed record PlanPoint(WidthPlan Plan, double Cost, double? Predicted, double? Measured);
