namespace Nestor.Training.Robustness;

/// <summary>How robustness is evaluated.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Images attacked together.</summary>
    public int Batch { get; init; } = 250;

    /// <summary>The seed of everything random.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Checks the options.</summary>
    /// <exception cref="NestorException">One is impossible.</exception>
    public void Validate()
    {
        if (Batch < 1)
            throw new NestorException($"{Batch} images at a time were asked for; at least 1 is needed.");
    }
}
