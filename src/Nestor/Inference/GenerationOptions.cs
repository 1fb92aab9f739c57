using Nestor.Models;

namespace Nestor.Inference;

/// <summary>How a text is continued.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to generate.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>How each token is chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>The text ends before the first of these to appear.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Feed-forward neurons of each layer; the whole model if not given.</summary>
    public WidthPlan? Plan { get; init; }

    /// <summary>How narrower plans draft tokens for <see cref="Plan"/> to verify; if not given, it reads every token alone.</summary>
    public SpeculationOptions? Speculation { get; init; }

    /// <summary>Whether the text goes on where the prompt ends; if not, it begins without the space that some tokenizers put before a text.</summary>
    internal bool ContinuesText { get; init; } = true;

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range.</exception>
    public void Validate()
    {
        var problems = Problems().Concat(Sampling.Problems()).Concat(Speculation?.Problems() ?? []).ToList();
        if (problems.Count > 0)
            throw new NestorException("These generation options cannot be used: " + string.Join("; ", problems) + ".");
    }

    private IEnumerable<string> Problems()
    {
        if (MaxTokens <= 0)
            yield return $"the most tokens to generate are {MaxTokens} and must be positive";
        if (StopStrings.Any(string.IsNullOrEmpty))
            yield return "a stop string is empty and would end every text at once";
    }
}
