using static TorchSharp.torch;

namespace Nestor.Training.Nested;

/// <summary>One batch: what the model reads and what it should answer.</summary>
/// <param name="Inputs">Tokens, (batch, time), int64; or images, (batch, channels, height, width), float32.</param>
/// <param name="Targets">The token after each position, (batch, time), int64; or the probability of each class, (batch, classes), float32.</param>
/// <param name="Kept">The factor on what each residual block adds, (batch, blocks), float32: 0 where an example skips it; null where every block runs.</param>
public readonly record struct TrainingBatch(Tensor Inputs, Tensor Targets, Tensor? Kept = null)
{
    /// <summary>The answers as cross-entropy takes them: (examples) class numbers, or (examples, classes) probabilities.</summary>
    public Tensor Answers() => Targets.dtype == ScalarType.Int64 ? Targets.flatten() : Targets;
}
