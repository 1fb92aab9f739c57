using Nestor.Training.Nested;

namespace Nestor.Training.Optimization;

/// <summary>What one training step did.</summary>
/// <param name="Step">The step, first 1.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Tokens">Tokens, or images, trained on since the beginning of the run.</param>
/// <param name="Losses">Loss of each granularity that ran, in nats per token or image.</param>
/// <param name="LearningRate">The step's learning rate.</param>
/// <param name="GradientNorm">Norm of the gradients before clipping.</param>
/// <param name="TokensPerSecond">Speed of this step, tokens or images.</param>
public sealed record TrainingProgress(
    long Step,
    long TotalSteps,
    long Tokens,
    IReadOnlyList<GranularityLoss> Losses,
    double LearningRate,
    double GradientNorm,
    double TokensPerSecond);
