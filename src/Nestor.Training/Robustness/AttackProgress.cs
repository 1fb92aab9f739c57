namespace Nestor.Training.Robustness;

/// <summary>How far an evaluation is.</summary>
/// <param name="Attack">The attack that is running.</param>
/// <param name="Done">Images that it has attacked.</param>
/// <param name="Attacked">Images that it has to attack.</param>
/// <param name="Robust">Images that no attack has broken so far.</param>
public readonly record struct AttackProgress(string Attack, int Done, int Attacked, int Robust);
