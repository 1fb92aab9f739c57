namespace Nestor.Retrieval;

/// <summary>How an index is searched.</summary>
public sealed record SearchOptions
{
    /// <summary>How many matches are wanted; fewer come where the index has fewer vectors.</summary>
    public int Count { get; init; } = 10;

    /// <summary>Most threads a search uses; one if not given. The matches do not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Dimensions by which a first stage chooses candidates, rounded up to whole cache lines (16); null to compare all vectors as a whole.
    /// </summary>
    public int? FilterDimensions { get; init; }

    /// <summary>Candidates of the first stage, which the second compares as a whole.</summary>
    public int FilterCandidates { get; init; } = 1000;

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("These search options cannot be used: " + string.Join("; ", problems) + ".");
    }

    private IEnumerable<string> Problems()
    {
        if (Count <= 0)
            yield return $"the number of matches is {Count} and must be positive";
        if (Threads is <= 0)
            yield return $"the number of threads is {Threads} and must be positive";
        if (FilterDimensions is <= 0)
            yield return $"the number of dimensions to filter by is {FilterDimensions} and must be positive";
        if (FilterDimensions is not null && FilterCandidates < Count)
            yield return $"{FilterCandidates} candidates are too few for {Count} matches";
    }
}
