using Nestor.Models;

namespace Nestor.Inference.Network;

/// <summary>Rows of a block that belong to one sequence: consecutive tokens.</summary>
/// <param name="Cache">The sequence's cache, with room for the tokens.</param>
/// <param name="Plan">Widths of the sequence.</param>
/// <param name="First">The run's first row in the block.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Position">Position of the first token in the sequence.</param>
internal readonly record struct RowRun(KvCache Cache, WidthPlan Plan, int First, int Count, int Position);
