namespace Nestor.Training.Robustness.Selection;

/// <summary>What is known of one model of a pool by itself, on the points that committees are selected by.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Right">Points that it answers rightly as they are.</param>
/// <param name="Robust">Points that it answers rightly whatever was tried.</param>
public sealed record PoolModel(string Name, PointSet Right, PointSet Robust);
