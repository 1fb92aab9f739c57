using Nestor.Inference;

namespace Nestor.Bench;

/// <summary>What the command <c>engine</c> was asked for.</summary>
internal sealed record EngineOptions
{
    /// <summary>Weight types that the peers have too.</summary>
    public static IReadOnlyList<WeightType> AllTypes { get; } = [WeightType.F32, WeightType.BF16, WeightType.Q8, WeightType.Q4];

    /// <summary>Where the figures go.</summary>
    public string Results { get; init; } = Path.Combine("bench", "results");

    /// <summary>Where models are written, and found the next time.</summary>
    public string Work { get; init; } = Path.Combine(Path.GetTempPath(), "nestor-engine");

    /// <summary>The folder of the peers; without one, they are left out.</summary>
    public string? Peers { get; init; }

    /// <summary>The published sample that writes text from a model, for the cold start; without it, that is left out.</summary>
    public string? Sample { get; init; }

    /// <summary>Models to measure.</summary>
    public IReadOnlyList<string> Models { get; init; } = EngineModels.Names;

    /// <summary>Weight types to measure.</summary>
    public IReadOnlyList<WeightType> Types { get; init; } = AllTypes;

    /// <summary>Measurements of each cell.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Sections to measure: all, or some of <see cref="EngineBenchmark.Sections"/>.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [.. EngineBenchmark.Sections.Select(section => section.Name)];

    /// <summary>Reads arguments: pairs of an option and its value.</summary>
    /// <exception cref="ArgumentException">An option is unknown or has no value that it takes.</exception>
    public static EngineOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new EngineOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length)
                throw new ArgumentException($"{arguments[i]} has no value.", nameof(arguments));
            var (value, items) = (arguments[i + 1], arguments[i + 1].Split(','));
            options = arguments[i] switch
            {
                "--results" => options with { Results = value },
                "--work" => options with { Work = value },
                "--peers" => options with { Peers = value },
                "--sample" => options with { Sample = value },
                "--models" => options with { Models = items },
                "--types" => options with { Types = [.. items.Select(item => Enum.Parse<WeightType>(item, ignoreCase: true))] },
                "--rounds" => options with { Rounds = int.Parse(value) },
                "--sections" => options with { Sections = items },
                _ => throw new ArgumentException($"{arguments[i]} is not an option; there are --results, --work, --peers, --sample, --models, --types, --rounds and --sections.", nameof(arguments)),
            };
        }

        return options;
    }
}
