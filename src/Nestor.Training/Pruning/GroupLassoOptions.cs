namespace Nestor.Training.Pruning;

/// <summary>Which units a training run drives to zero, how and how strongly.</summary>
public sealed record GroupLassoOptions
{
    /// <summary>The penalty.</summary>
    public required GroupPenalty Penalty { get; init; }

    /// <summary>How its strength comes in.</summary>
    public PenaltySchedule Schedule { get; init; } = new();

    /// <summary>The kinds of units it acts on; others are left alone.</summary>
    public IReadOnlyList<GroupKind> Kinds { get; init; } = [GroupKind.FeedForwardNeuron, GroupKind.ConvolutionChannel];

    /// <summary>Whether strength grows with sqrt(|G|), relative to the smallest units: for kinds, or layers, of units of different sizes.</summary>
    public bool ScaleBySize { get; init; }
}
