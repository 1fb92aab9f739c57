namespace Nestor.Inference;

/// <summary>How the next token is chosen from its scores.</summary>
/// <remarks>
/// Applied in this order, as HuggingFace does: temperature, <see cref="TopK"/>, <see cref="TopP"/>, <see cref="MinP"/>, a random draw
/// from what is left. The defaults draw from the model's own distribution.
/// </remarks>
public sealed record SamplingOptions
{
    /// <summary>Always the most probable token.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Scores are divided by this; below 1 probable tokens become more probable, 0 always takes the most probable one.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only this many most probable tokens are candidates; 0 for no limit.</summary>
    public int TopK { get; init; }

    /// <summary>Only the fewest most probable tokens that together have at least this probability are candidates; 1 for no limit (Holtzman et al. 2019).</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only tokens at least this share as probable as the most probable one are candidates; 0 for no limit.</summary>
    public double MinP { get; init; }

    /// <summary>Seed of the random draws: the same seed and scores give the same tokens on every machine.</summary>
    public ulong Seed { get; init; }

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("These sampling options cannot be used: " + string.Join("; ", problems) + ".");
    }

    internal IEnumerable<string> Problems()
    {
        if (!(Temperature >= 0) || !double.IsFinite(Temperature))
            yield return $"the temperature is {Temperature} and must be 0 or more";
        if (TopK < 0)
            yield return $"top-k is {TopK} and must be 0 (no limit) or more";
        if (!(TopP > 0 && TopP <= 1))
            yield return $"top-p is {TopP} and must be above 0 and at most 1 (no limit)";
        if (!(MinP >= 0 && MinP <= 1))
            yield return $"min-p is {MinP} and must be from 0 (no limit) to 1";
    }
}
