using Nestor.Training.Nested;
using Nestor.Training.Pruning;

namespace Nestor.Training.Optimization;

/// <summary>How a model is trained. Two runs with equal options, model, corpus and seed are equal.</summary>
public sealed record TrainingOptions
{
    private const long MostTokensPerBatch = 1 << 26;

    /// <summary>What a step minimises.</summary>
    public Objective Objective { get; init; } = new SampledObjective();

    /// <summary>Optimizer steps of the whole run.</summary>
    public long Steps { get; init; } = 1000;

    /// <summary>Windows, or images, in a batch.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Predictions in a window; at most the model's context length, and 1 for images.</summary>
    public int WindowLength { get; init; } = 256;

    /// <summary>Batches whose gradients are averaged for one step.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Steps over which the learning rate rises.</summary>
    public long WarmUpSteps { get; init; } = 50;

    /// <summary>Learning rate of the last step, as a share of the highest.</summary>
    public double FinalLearningRateShare { get; init; } = 0.1;

    /// <summary>Gradients are scaled down together so that their norm is at most this.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>The optimizer.</summary>
    public AdamWOptions Optimizer { get; init; } = new();

    /// <summary>Which units are driven to zero; null for none.</summary>
    public GroupLassoOptions? GroupLasso { get; init; }

    /// <summary>Whether matrix products run in bfloat16.</summary>
    public bool BFloat16 { get; init; }

    /// <summary>Decides the windows, or the images, and the granularities of all steps.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Steps between two training checkpoints; 0 for none but the last.</summary>
    public long CheckpointEvery { get; init; } = 200;

    /// <summary>Tokens, or images, of one optimizer step.</summary>
    public long TokensPerStep => (long)BatchSize * WindowLength * Accumulate;

    internal CosineSchedule Schedule => new(LearningRate, WarmUpSteps, Steps, FinalLearningRateShare);

    /// <summary>Throws one error that lists every problem.</summary>
    /// <exception cref="NestorException">Some option is impossible.</exception>
    public void Validate()
    {
        var problems = Schedule.Problems().Concat(Optimizer.Problems()).Concat(Problems()).ToList();
        if (problems.Count > 0)
            throw new NestorException("The training cannot start: " + string.Join("; ", problems) + ".");
    }

    private IEnumerable<string> Problems()
    {
        if (BatchSize <= 0 || WindowLength <= 0 || Accumulate <= 0)
            yield return $"the batch of {BatchSize} windows of {WindowLength} tokens, {Accumulate} times, must be of at least 1 each";
        else if (BatchSize * (WindowLength + 1L) > MostTokensPerBatch)
            yield return $"a batch of {BatchSize} windows of {WindowLength} tokens is more than {MostTokensPerBatch:N0}; make it smaller and accumulate more batches";
        if (!(ClipNorm > 0))
            yield return $"the clip norm is {ClipNorm} and must be positive";
        if (CheckpointEvery < 0)
            yield return $"a checkpoint every {CheckpointEvery} steps cannot be written; give 0 or more";
    }
}
