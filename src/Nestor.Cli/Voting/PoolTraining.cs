using System.Diagnostics;
using Nestor.Cli.Commands;
using Nestor.Training.Data.Images;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Robustness.Training;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Cli.Voting;

/// <summary>Trains the models of a pool, each in a folder of its own; what is trained already is opened.</summary>
internal sealed class PoolTraining(VotingSetting setting, VotingOptions options, VotingData data, int seed, Device device, string work)
{
    private const double RampShare = 0.3, HighestRate = 2e-3;
    private const int Measurements = 4;

    private readonly KeptResults kept = new(Path.Combine(work, "results"));

    /// <summary>A trained model, as it was at its best step, and the seconds of its training.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; the next call goes on.</exception>
    public (IImageModel Model, double Seconds) Train(PoolMember member, CancellationToken cancellation)
    {
        var folder = Path.Combine(work, "models", string.Concat(member.Name.Where(char.IsAsciiLetterOrDigit)));
        var best = Path.Combine(folder, "best");
        var seconds = kept.Get($"trained {member.Name}", () => Run(member, folder, best, cancellation));
        return (ImageModels.Open(best, device), seconds);
    }

    private double Run(PoolMember member, string folder, string best, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        var config = member.Config(data.Training.Shape.Height, data.Training.Shape.Channels, data.Training.Classes);
        config.Validate();
        var training = new TrainingOptions
        {
            Objective = Objective(member),
            Steps = options.TrainingSteps,
            BatchSize = options.Batch,
            WindowLength = 1,
            LearningRate = HighestRate,
            WarmUpSteps = options.TrainingSteps / 10,
            Optimizer = new AdamWOptions { WeightDecay = 1e-3 },
            CheckpointEvery = Math.Max(1, options.TrainingSteps / Measurements),
            Seed = 1000L * seed + member.Seed,
        };
        var (images, labels) = ImagePixels.Of(data.Stopping, config.Classes, data.Stopping.Count, device);
        var batches = new ImageBatches(data.Training, new ImageRegularization(), config, training);
        using var run = TrainingRun.Open<IImageModel>(folder, () => PlainNet.Create(config, (ulong)training.Seed, device), batches, training, resume: true);
        var watch = new BestOnValidation(best, run.Model, images, labels, setting.Threat);
        return run.Execute(watch.AtCheckpoints(training), cancellation) ? Stopwatch.GetElapsedTime(started).TotalSeconds : throw new OperationCanceledException(cancellation);
    }

    private Objective Objective(PoolMember member)
    {
        var ramp = (long)(RampShare * options.TrainingSteps);
        var robust = new RobustObjective(setting.Threat, new AdversarialLoss())
        {
            Steps = options.SearchSteps,
            RampSteps = ramp,
            WeightPerturbation = member.WeightPerturbation,
            WeightPerturbationFrom = member.WeightPerturbation > 0 ? ramp : 0,
        };
        return RobustLossOption.Objective(member.Loss, robust);
    }
}
