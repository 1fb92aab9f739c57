namespace Nestor.Bench.Robustness;

/// <summary>What the command <c>robustness</c> was asked for.</summary>
internal sealed record RobustnessOptions
{
    /// <summary>What is attacked.</summary>
    public required IReadOnlyList<SubjectText> Subjects { get; init; }

    /// <summary>The independent program; null where it is not there.</summary>
    public required IndependentAutoAttack? Peer { get; init; }

    /// <summary>Images on which both programs must agree.</summary>
    public required int Count { get; init; }

    /// <summary>Images on which times are measured.</summary>
    public required int TimedCount { get; init; }

    /// <summary>Of these, images that are attacked one at a time.</summary>
    public required int SingleCount { get; init; }

    /// <summary>Measurements of each time.</summary>
    public required int Rounds { get; init; }
}
