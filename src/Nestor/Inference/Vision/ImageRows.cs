namespace Nestor.Inference.Vision;

/// <summary>The rows that a part of the network computes: all positions of all pictures, or, where only one of each is read afterwards, those.</summary>
/// <param name="Count">Number of rows.</param>
/// <param name="Step">Distance from one row to the next in the residual stream.</param>
internal readonly record struct ImageRows(int Count, int Step);
