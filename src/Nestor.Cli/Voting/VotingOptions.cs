namespace Nestor.Cli.Voting;

/// <summary>How large an experiment is.</summary>
internal sealed record VotingOptions
{
    /// <summary>Training images of each seed.</summary>
    public required int TrainingImages { get; init; }

    /// <summary>Optimizer steps of each model.</summary>
    public required long TrainingSteps { get; init; }

    /// <summary>Steps of the search for the worst neighbour in training.</summary>
    public required int SearchSteps { get; init; }

    /// <summary>Images that the best step of each model is chosen on.</summary>
    public required int StoppingPoints { get; init; }

    /// <summary>Images that committees are chosen on.</summary>
    public required int SelectionPoints { get; init; }

    /// <summary>Images that results are reported on.</summary>
    public required int TestPoints { get; init; }

    /// <summary>Steps of each attack on test images.</summary>
    public required int AttackSteps { get; init; }

    /// <summary>Steps of each attack on the images of the selection, and on every pair of the test images.</summary>
    public required int SelectionSteps { get; init; }

    /// <summary>How difficult drawn shapes are, 0 to 1.</summary>
    public required double Difficulty { get; init; }

    /// <summary>Images in a training batch.</summary>
    public int Batch { get; init; } = 100;

    /// <summary>The same experiment, so short that its figures mean little.</summary>
    public VotingOptions Shortened() => this with { TrainingImages = 200, TrainingSteps = 4, SearchSteps = 1, StoppingPoints = 20, SelectionPoints = 20, TestPoints = 30, AttackSteps = 2, SelectionSteps = 1 };

    /// <summary>Checks the options.</summary>
    /// <exception cref="NestorException">One is impossible.</exception>
    public void Validate()
    {
        if (Math.Min(Math.Min(TrainingImages, StoppingPoints), Math.Min(SelectionPoints, TestPoints)) < 1 || Math.Min(TrainingSteps, Math.Min(SearchSteps, Math.Min(AttackSteps, SelectionSteps))) < 1)
            throw new NestorException("Numbers of images and of steps must be 1 or more.");
        if (Difficulty is not (>= 0 and <= 1))
            throw new NestorException($"A difficulty of {Difficulty} was given; shapes can be drawn from 0 to 1.");
    }
}
