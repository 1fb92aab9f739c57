using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Optimization;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Training;

namespace Nestor.Cli.Voting;

/// <summary>What nested committees are compared on, and how much work goes into it.</summary>
internal sealed record NestedSetting
{
    /// <summary>Images: a path or a name such as shapes:0.1.</summary>
    public required string Images { get; init; }

    /// <summary>The nested model, still to be fitted to the images; its granularities are the members.</summary>
    public required VisionConfig Shape { get; init; }

    /// <summary>Patches in a row of an image, and rows of patches.</summary>
    public int PatchesPerSide { get; init; } = 4;

    /// <summary>What an attacker may do, in training and after it.</summary>
    public required Threat Threat { get; init; }

    /// <summary>The loss of each member where they differ, narrowest first, as texts such as trades/6; the first is everybody's where they do not.</summary>
    public required IReadOnlyList<string> Losses { get; init; }

    /// <summary>Optimizer steps of a member that is trained alone; the nested model makes as many for each of its sizes.</summary>
    public long Steps { get; init; } = 1500;

    /// <summary>Images in a batch.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>Steps of the search for the worst neighbour in training.</summary>
    public int SearchSteps { get; init; } = 4;

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Test images that are attacked.</summary>
    public int Count { get; init; } = 1000;

    /// <summary>Steps of each gradient attack.</summary>
    public int AttackSteps { get; init; } = 20;

    /// <summary>Queries of the square attack.</summary>
    public int Queries { get; init; } = 200;

    /// <summary>Training seeds, 1 to this.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Whose inference cost each committee has: the nested model's sizes, narrowest first.</summary>
    public IReadOnlyList<Granularity> Sizes => Shape.Granularities;

    /// <summary>How a model is trained.</summary>
    /// <param name="losses">One for each of its granularities, or one for all.</param>
    /// <param name="seed">The training seed.</param>
    /// <param name="sizes">How many sizes the steps are for.</param>
    public TrainingOptions Training(IReadOnlyList<string> losses, int seed, int sizes) => new()
    {
        Objective = new RobustObjective(Threat, [.. losses.Select(Loss)]) { Steps = SearchSteps, StepShare = Math.Min(1, 1.75 / SearchSteps), RampSteps = 3 * Steps * sizes / 10 },
        Steps = Steps * sizes,
        BatchSize = Batch,
        WindowLength = 1,
        LearningRate = LearningRate,
        WarmUpSteps = Steps * sizes / 10,
        FinalLearningRateShare = 0.01,
        Optimizer = new AdamWOptions { WeightDecay = 1e-3 },
        CheckpointEvery = 200,
        Seed = seed,
    };

    /// <summary>Refuses what cannot be compared, before any work.</summary>
    /// <exception cref="NestorException">A number is not positive, a loss does not exist, or there is not one for each of an odd number of sizes.</exception>
    public void Validate()
    {
        Threat.Validate();
        if (Sizes.Count < 3 || Sizes.Count % 2 == 0)
            throw new NestorException($"A model of {Sizes.Count} sizes was given; an odd number of them, three at least, can vote.");
        if (Losses.Count != Sizes.Count)
            throw new NestorException($"{Losses.Count} losses were given for {Sizes.Count} sizes; give one for each, joined by +, such as pgd+trades+mart.");
        foreach (var loss in Losses)
            _ = Loss(loss);
        if (Count < 1 || AttackSteps < 1 || Queries < 1 || Seeds < 1)
            throw new NestorException($"{Count} images, {AttackSteps} steps, {Queries} queries and {Seeds} seeds were asked for; at least 1 of each is wanted.");
        Training(Losses, seed: 1, Sizes.Count).Validate();
    }

    private static RobustLoss Loss(string text) => RobustObjectiveText.Loss(text) ?? throw new NestorException($"'{text}' is not a loss; choose pgd, trades, trades/BETA, mart or mart/BETA.");
}
