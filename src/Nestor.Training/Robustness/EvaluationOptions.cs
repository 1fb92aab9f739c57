using Nestor.Training.Robustness.Attacks;

namespace Nestor.Training.Robustness;

/// <summary>How robustness is evaluated.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Images attacked together.</summary>
    public int Batch { get; init; } = 250;

    /// <summary>The seed of everything random.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>
    /// Where the evaluation keeps what it has found after every batch, so that it goes on there when it is run again, or is read back where it is complete;
    /// null keeps nothing. What goes on ends as if it had never stopped.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>An attack to run after the others, which should find nothing more: what it breaks has fallen, and is a reason for doubt; null runs none. One that needs gradients is left out where there are none.</summary>
    public Attack? Check { get; init; }

    /// <summary>The same options for a part of an evaluation, which keeps what it finds in a folder of its own.</summary>
    internal EvaluationOptions Part(string name) => Folder is null ? this : this with { Folder = Path.Combine(Folder, name) };

    /// <summary>Checks the options.</summary>
    /// <exception cref="NestorException">One is impossible.</exception>
    public void Validate()
    {
        if (Batch < 1)
            throw new NestorException($"{Batch} images at a time were asked for; at least 1 is needed.");
    }
}
