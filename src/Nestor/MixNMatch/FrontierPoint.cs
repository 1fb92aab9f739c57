using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>A plan with its cost and its loss.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Cost">Its cost, in the unit of the costs it was found by.</param>
/// <param name="Loss">Its loss in nats per token, predicted or measured as its source says.</param>
public sealed record FrontierPoint(WidthPlan Plan, double Cost, double Loss);
