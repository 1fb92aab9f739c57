namespace Nestor.Training.Nested;

/// <summary>The training loss of one granularity in one step.</summary>
/// <param name="Name">The granularity, or the width as a number where it has no name.</param>
/// <param name="Loss">Mean loss in nats per example.</param>
public readonly record struct GranularityLoss(string Name, double Loss);
