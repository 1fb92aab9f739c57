namespace Nestor.Training.Sensing;

/// <summary>Where a descent is.</summary>
/// <param name="Iteration">Steps made.</param>
/// <param name="Loss">The loss before the last step, without the penalty.</param>
/// <param name="GradientNorm">Frobenius norm of the last step over its size: of the penalised gradient, or of the proximal one.</param>
/// <param name="Live">Columns above the threshold.</param>
/// <param name="Columns">Columns that are left.</param>
public readonly record struct DescentProgress(int Iteration, double Loss, double GradientNorm, int Live, int Columns);
