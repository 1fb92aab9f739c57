using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>A fine-tuned factor.</summary>
/// <param name="Factor">(d, r). It is the caller's.</param>
/// <param name="Iterations">Steps made.</param>
/// <param name="IsAtRest">Whether the last step was below the tolerance.</param>
public sealed record FineTuned(Tensor Factor, int Iterations, bool IsAtRest);

/// <summary>Where a fine-tuning is.</summary>
/// <param name="Iteration">Steps made.</param>
/// <param name="Loss">The loss before the last step.</param>
/// <param name="Change">Relative change of UUᵀ in the last step.</param>
/// <param name="Factor">The factor now; valid during the call.</param>
public readonly record struct FineTuningProgress(int Iteration, double Loss, double Change, Tensor Factor);
