namespace Nestor.MixNMatch;

/// <summary>How the evolutionary search goes about it.</summary>
public sealed record EvolutionOptions
{
    /// <summary>How many different plans may be measured.</summary>
    public required int Evaluations { get; init; }

    /// <summary>Plans that live at a time; the first of them are random.</summary>
    public int Population { get; init; } = 12;

    /// <summary>Plans drawn for each parent, of which the best becomes it.</summary>
    public int Tournament { get; init; } = 3;

    /// <summary>Decides everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is not positive.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (Evaluations <= 0)
            problems.Add($"the number of evaluations is {Evaluations} and must be positive");
        if (Population <= 0)
            problems.Add($"the population is {Population} and must be positive");
        if (Tournament <= 0)
            problems.Add($"the tournament is {Tournament} and must be positive");
        if (problems.Count > 0)
            throw new NestorException("An evolutionary search cannot be run like this: " + string.Join("; ", problems) + ".");
    }
}
