namespace Nestor.Retrieval;

/// <summary>One of the vectors most alike a query.</summary>
/// <param name="Row">Its place in the index, in the order in which vectors were added.</param>
/// <param name="Score">Its similarity.</param>
public readonly record struct Match(int Row, float Score);
