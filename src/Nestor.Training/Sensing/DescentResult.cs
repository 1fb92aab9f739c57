using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Where a descent ended.</summary>
/// <param name="Factor">U, (d, columns left), with its dead columns. It is the caller's.</param>
/// <param name="Penalty">The penalty it was trained with; gives the threshold.</param>
/// <param name="Certificate">Whether the factor may be pruned.</param>
/// <param name="Iterations">Steps made.</param>
/// <param name="LiveSince">The step since which the number of live columns has been what it is.</param>
/// <param name="Perturbations">Random steps that were taken.</param>
public sealed record DescentResult(Tensor Factor, ColumnPenalty Penalty, OrthogonalityCertificate Certificate, int Iterations, int LiveSince, int Perturbations);
