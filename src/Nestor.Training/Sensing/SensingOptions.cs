namespace Nestor.Training.Sensing;

/// <summary>How <see cref="GroupLassoSensing"/> solves. The defaults need no knowledge of rank, noise or scale.</summary>
public sealed record SensingOptions
{
    /// <summary>How to descend.</summary>
    public SensingMethod Method { get; init; }

    /// <summary>Strength λ of the penalty; without it, found from the data.</summary>
    public double? Lambda { get; init; }

    /// <summary>Smoothing β of the penalty; without it, found from the data.</summary>
    public double? Beta { get; init; }

    /// <summary>Standard deviation of the observations' noise, if known; without it, estimated.</summary>
    public double? Noise { get; init; }

    /// <summary>Columns k of the factor, an upper bound of the rank; without it, the dimension.</summary>
    public int? Columns { get; init; }

    /// <summary>Step size of the descent; without it, found from the data. It is halved where it turns out to be too large.</summary>
    public double? StepSize { get; init; }

    /// <summary>Most steps of the descent.</summary>
    public int Iterations { get; init; } = 20_000;

    /// <summary>How the pruned factor is trained on the loss alone.</summary>
    public FineTuning FineTuning { get; init; } = new GaussNewton();

    /// <summary>Threads of a pass over the measurements.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Decides random starts and perturbations.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Checks the options for a problem, and that it can be solved at all.</summary>
    /// <exception cref="NestorException">An option is impossible, or there are fewer measurements than a matrix of rank 1 has free numbers.</exception>
    public void Validate(SensingProblem problem)
    {
        Validate(problem.Dimension);
        problem.CheckRank(1);
    }

    /// <summary>Checks the options for any problem of a dimension: what a command does before it makes measurements.</summary>
    /// <exception cref="NestorException">An option is impossible; the message lists all of it.</exception>
    public void Validate(int dimension)
    {
        var problems = Problems(dimension).ToList();
        if (problems.Count > 0)
            throw new NestorException("The problem cannot be solved like this: " + string.Join("; ", problems) + ".");
    }

    private IEnumerable<string> Problems(int dimension)
    {
        if (Lambda is { } lambda && (!(lambda > 0) || !double.IsFinite(lambda)))
            yield return $"lambda is {lambda} and must be above 0";
        if (Beta is { } beta && (!(beta > 0) || !double.IsFinite(beta)))
            yield return $"beta is {beta} and must be above 0";
        if (Noise is { } noise && (!(noise >= 0) || !double.IsFinite(noise)))
            yield return $"the noise is {noise} and must be 0 or more";
        if (Columns is { } columns && (columns < 1 || columns > dimension))
            yield return $"{columns} columns were asked for and from 1 to the dimension, {dimension}, are wanted";
        if (StepSize is { } size && (!(size > 0) || !double.IsFinite(size)))
            yield return $"the step size is {size} and must be above 0";
        if (Iterations < 1)
            yield return $"{Iterations} iterations were asked for and at least 1 is wanted";
        if (Threads < 1)
            yield return $"{Threads} threads were asked for and at least 1 is wanted";
    }
}
