using Nestor.Training.Optimization;
using Nestor.Training.Pruning;

namespace Nestor.Cli.Commands;

/// <summary>How long the text experiment of <c>nestor reproduce pruning</c> trains, and what on.</summary>
internal sealed record PruningTextOptions
{
    /// <summary>Batches, rates, precision and seed of every run.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Steps of the dense model that everything begins with.</summary>
    public required long DenseSteps { get; init; }

    /// <summary>Steps before a cut, with a penalty or without.</summary>
    public required long Steps { get; init; }

    /// <summary>Steps after a cut.</summary>
    public required long FineTuneSteps { get; init; }

    /// <summary>Nested steps to compare at, beside none.</summary>
    public required IReadOnlyList<long> NestSteps { get; init; }

    /// <summary>The group lasso at some strengths; the first prepares for nesting.</summary>
    public required IReadOnlyList<GroupPenalty> Penalties { get; init; }

    /// <summary>About how many held-out tokens every loss is measured on.</summary>
    public required long EvaluationTokens { get; init; }

    /// <summary>Highest learning rate of everything after the dense model, as a share of its own.</summary>
    public const double LaterRate = 0.5;

    /// <summary>Shares of the neurons to prune to.</summary>
    public static IReadOnlyList<double> Shares { get; } = [0.5, 0.25];

    /// <summary>How what follows the dense model is trained.</summary>
    public TrainingOptions Later => Training with { LearningRate = Training.LearningRate * LaterRate };

    /// <summary>A text that is equal when all losses are.</summary>
    public string Key => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{DenseSteps}-{Steps}-{FineTuneSteps}-{Training.BatchSize}x{Training.WindowLength}-{Training.LearningRate}-{Training.Seed}-{(Training.BFloat16 ? "bf16" : "f32")}-{EvaluationTokens}");
}
