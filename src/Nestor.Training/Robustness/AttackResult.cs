namespace Nestor.Training.Robustness;

/// <summary>What one attack of an evaluation did.</summary>
/// <param name="Attack">Its name.</param>
/// <param name="Settings">All its parameters.</param>
/// <param name="Attacked">Images that were still answered rightly when it began.</param>
/// <param name="Broken">How many of them fell to it.</param>
/// <param name="Cost">Gradients and queries.</param>
/// <param name="FlatShare">Share of its gradients that were zero in every value.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record AttackResult(string Attack, string Settings, int Attacked, int Broken, AttackCost Cost, double FlatShare, double Seconds);
