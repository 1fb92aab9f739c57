using Nestor.Inference;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>How the times of layers are measured.</summary>
public sealed record ProfileOptions
{
    /// <summary>Type of the weights; as the folder has them if not given.</summary>
    public WeightType? Type { get; init; }

    /// <summary>Threads of the decoder.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Tokens decoded in a measurement, from an empty context.</summary>
    public int Tokens { get; init; } = 64;

    /// <summary>Measurements of each plan, after one that does not count.</summary>
    public int Rounds { get; init; } = 11;

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range or does not fit the model.</exception>
    public void Validate(ModelConfig config)
    {
        var problems = new List<string>();
        if (Threads <= 0)
            problems.Add($"the number of threads is {Threads} and must be positive");
        if (Tokens <= 0 || Tokens > config.ContextLength)
            problems.Add($"the generation of {Tokens} tokens must be between 1 and the model's context of {config.ContextLength}");
        if (Rounds <= 0)
            problems.Add($"the number of rounds is {Rounds} and must be positive");
        if (problems.Count > 0)
            throw new NestorException("This cannot be profiled: " + string.Join("; ", problems) + ".");
    }
}
