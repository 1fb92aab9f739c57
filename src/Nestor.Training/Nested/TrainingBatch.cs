using static TorchSharp.torch;

namespace Nestor.Training.Nested;

/// <summary>One batch: what the model reads and what it should answer.</summary>
/// <param name="Tokens">(batch, time), int64.</param>
/// <param name="Targets">(batch, time), int64: the token after each position.</param>
public readonly record struct TrainingBatch(Tensor Tokens, Tensor Targets);
