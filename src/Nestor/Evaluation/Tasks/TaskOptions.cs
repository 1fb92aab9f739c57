namespace Nestor.Evaluation.Tasks;

/// <summary>How a task is measured.</summary>
public sealed record TaskOptions
{
    /// <summary>Solved examples before each item.</summary>
    public int Shots { get; init; }

    /// <summary>Most items, from the first on; all if not given. Examples come from the whole file.</summary>
    public int? Limit { get; init; }

    /// <summary>Decides which examples stand before an item.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (Shots < 0)
            problems.Add($"the number of shots is {Shots} and must not be negative");
        if (Limit is <= 0)
            problems.Add($"the limit is {Limit} items and must be positive");
        if (problems.Count > 0)
            throw new NestorException("Tasks cannot be measured so: " + string.Join("; ", problems) + ".");
    }
}
