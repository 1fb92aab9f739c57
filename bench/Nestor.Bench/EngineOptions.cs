using Nestor.Inference;

namespace Nestor.Bench;

/// <summary>What the command <c>engine</c> was asked for.</summary>
internal sealed record EngineOptions
{
    /// <summary>Weight types that the peers have too.</summary>
    public static IReadOnlyList<WeightType> AllTypes { get; } = [WeightType.F32, WeightType.BF16, WeightType.Q8, WeightType.Q4];

    /// <summary>Where models are written, and found the next time.</summary>
    public required string Work { get; init; }

    /// <summary>The folder of the peers; without one, they are left out.</summary>
    public string? Peers { get; init; }

    /// <summary>The published sample that writes text from a model, for the cold start; without it, that is left out.</summary>
    public string? Sample { get; init; }

    /// <summary>Models to measure, of <see cref="EngineModels.Names"/>.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Weight types to measure.</summary>
    public required IReadOnlyList<WeightType> Types { get; init; }

    /// <summary>Measurements of each cell.</summary>
    public required int Rounds { get; init; }
}
