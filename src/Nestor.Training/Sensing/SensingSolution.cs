using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>What <see cref="GroupLassoSensing"/> found. Tensors belong to the caller's scope.</summary>
public sealed record SensingSolution
{
    /// <summary>Where the descent ended.</summary>
    public required DescentResult Descent { get; init; }

    /// <summary>The factor after pruning; not pruned where the certificate did not hold.</summary>
    public required PrunedFactor Pruned { get; init; }

    /// <summary>The fine-tuned factor; null where nothing was pruned, or the measurements do not determine that many columns.</summary>
    public FineTuned? Tuned { get; init; }

    /// <summary>The noise's standard deviation, as given or estimated from what the factor does not explain.</summary>
    public required double Noise { get; init; }

    /// <summary>The strengths that are right for this problem at the β used, from the noise and the shortest column; null where none stands out, and for the proximal form.</summary>
    public LambdaWindow? Window { get; init; }

    /// <summary>What to doubt, each with a code.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Passes over the measurements up to the certificate, the search for the penalty included.</summary>
    public required long DescentPasses { get; init; }

    /// <summary>Passes over the measurements of the fine-tuning.</summary>
    public required long FineTuningPasses { get; init; }

    /// <summary>The penalty used.</summary>
    public ColumnPenalty Penalty => Descent.Penalty;

    /// <summary>The rank found; null if there is no certificate for one.</summary>
    public int? Rank => Pruned.IsPruned ? (int)Pruned.Factor.shape[1] : null;

    /// <summary>The best factor there is, (d, rank), or (d, columns) where nothing was pruned.</summary>
    public Tensor Factor => Tuned?.Factor ?? Pruned.Factor;
}
