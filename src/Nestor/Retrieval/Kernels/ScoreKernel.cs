namespace Nestor.Retrieval.Kernels;

/// <summary>Inner products of one query with many rows.</summary>
/// <remarks>
/// The order of sums is fixed: lane i of 16 adds elements i, i + 16, … by fused multiply-adds, then halves are added. So every kernel gives
/// the bits of the plain one, and a score depends on the two vectors alone.
/// </remarks>
internal abstract unsafe class ScoreKernel(string name)
{
    /// <summary>Elements that one step takes; rows are padded with zeros to a multiple of it.</summary>
    public const int Lanes = 16;

    /// <summary>What reports and tests call it.</summary>
    public string Name { get; } = name;

    /// <summary>Scores rows.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="query">(steps * 16)</param>
    /// <param name="steps">Steps of 16 elements that are taken of each row: all of it, or a prefix.</param>
    /// <param name="scores">(count) receives the inner products.</param>
    public abstract void Multiply(float* rows, nint stride, int count, float* query, int steps, float* scores);
}
