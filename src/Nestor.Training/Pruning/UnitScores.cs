namespace Nestor.Training.Pruning;

/// <summary>How important each unit of a block is.</summary>
/// <param name="Groups">The units.</param>
/// <param name="Values">A score for each, in their order: 0 or more, larger for what should stay.</param>
public sealed record UnitScores(UnitGroups Groups, IReadOnlyList<double> Values)
{
    /// <summary>The root of the sum of squared scores: the size of what the block says where its units say unrelated things (derived).</summary>
    public double Norm => Math.Sqrt(Values.Sum(value => value * value));

    /// <summary>The units, most important first; equal ones stay in their order.</summary>
    public IReadOnlyList<int> Ranking => [.. Enumerable.Range(0, Values.Count).OrderByDescending(unit => Values[unit])];

    /// <summary>The scores, largest first.</summary>
    public IReadOnlyList<double> Sorted => [.. Values.OrderDescending()];
}
