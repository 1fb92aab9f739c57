namespace Nestor.Training.Robustness;

/// <summary>What an attack has cost: images that went through a member of the defence, once for every time and every member.</summary>
/// <param name="Gradients">Forward and backward.</param>
/// <param name="Queries">Forward alone.</param>
public readonly record struct AttackCost(long Gradients, long Queries)
{
    /// <summary>Both costs together.</summary>
    public static AttackCost operator +(AttackCost first, AttackCost second) => new(first.Gradients + second.Gradients, first.Queries + second.Queries);
}
