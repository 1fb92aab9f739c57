using Nestor.Models;

namespace Nestor.Inference.Measurement;

/// <summary>What is measured of a model.</summary>
internal sealed record SpeedOptions
{
    /// <summary>Width plans.</summary>
    public required IReadOnlyList<WidthPlan> Plans { get; init; }

    /// <summary>Weight types; null is the type that the folder has.</summary>
    public IReadOnlyList<WeightType?> Types { get; init; } = [null];

    /// <summary>Numbers of threads.</summary>
    public IReadOnlyList<int> Threads { get; init; } = [1];

    /// <summary>Tokens read in one call.</summary>
    public int PromptTokens { get; init; } = 512;

    /// <summary>Tokens decoded one by one, from an empty cache.</summary>
    public int GeneratedTokens { get; init; } = 64;

    /// <summary>Measurements of each cell, after one that does not count.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range or does not fit the model.</exception>
    public void Validate(ModelConfig config)
    {
        var problems = new List<string>();
        if (PromptTokens <= 0 || PromptTokens > config.ContextLength)
            problems.Add($"the prompt of {PromptTokens} tokens must be between 1 and the model's context of {config.ContextLength}");
        if (GeneratedTokens <= 0 || GeneratedTokens > config.ContextLength)
            problems.Add($"the generation of {GeneratedTokens} tokens must be between 1 and the model's context of {config.ContextLength}");
        if (Rounds <= 0)
            problems.Add($"the number of rounds is {Rounds} and must be positive");
        problems.AddRange(Threads.Where(threads => threads <= 0).Select(threads => $"the number of threads is {threads} and must be positive"));
        if (problems.Count > 0)
            throw new NestorException("This cannot be measured: " + string.Join("; ", problems) + ".");
        foreach (var plan in Plans)
            WidthPlanText.Validate(plan, config);
    }
}
