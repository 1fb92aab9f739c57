using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>How much of the held-out text <c>nestor reproduce consistency</c> looks at.</summary>
/// <param name="Positions">About how many prefixes predictions are compared after.</param>
/// <param name="Texts">How many prefixes are continued.</param>
/// <param name="Temperature">Temperature of sampled texts, above 0.</param>
internal sealed record ConsistencyOptions(long Positions, int Texts, double Temperature)
{
    private const int MostPrefixTokens = 32, MostWrittenTokens = 96;

    /// <summary>Most tokens of a draft that a speed-up is predicted for.</summary>
    public const int LongestDraft = 8;

    /// <summary>Tokens of the prefixes that are continued.</summary>
    public static int PrefixTokens(ModelConfig config) => Math.Min(MostPrefixTokens, config.ContextLength / 4);

    /// <summary>Tokens that are written after each.</summary>
    public static int WrittenTokens(ModelConfig config) => Math.Min(MostWrittenTokens, config.ContextLength - PrefixTokens(config));

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (Positions <= 0)
            problems.Add($"the number of positions is {Positions} and must be positive");
        if (Texts <= 1)
            problems.Add($"the number of texts is {Texts} and must be 2 or more");
        if (!(Temperature > 0) || !double.IsFinite(Temperature))
            problems.Add($"the temperature is {Temperature} and must be above 0");
        if (problems.Count > 0)
            throw new NestorException("Consistency cannot be measured so: " + string.Join("; ", problems) + ".");
    }
}
