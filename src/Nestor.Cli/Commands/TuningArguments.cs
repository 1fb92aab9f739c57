using System.CommandLine;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>The options of training on from a model that is there, for the commands that change one.</summary>
internal sealed class TuningArguments
{
    private readonly Option<int?> batch = new("--batch") { Description = "Windows or images in a batch; without it 16 windows or 128 images." };
    private readonly Option<int?> window = new("--window") { Description = "Tokens in a window; without it 256, or the model's context if that is shorter." };
    private readonly Option<double> learningRate = new("--learning-rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 5e-4 };
    private readonly Option<long> warmUp = new("--warm-up") { Description = "Steps over which the learning rate rises; at most a tenth of a phase.", DefaultValueFactory = _ => 50 };
    private readonly Option<long> checkpointEvery = new("--checkpoint-every") { Description = "Steps between checkpoints.", DefaultValueFactory = _ => 200 };
    private readonly Option<long> seed = Arguments.Seed();

    private const int StandardWindow = 256, StandardWindows = 16, StandardImages = 128;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] options = [batch, window, learningRate, warmUp, checkpointEvery, seed];
        foreach (var option in options)
            command.Add(option);
    }

    /// <summary>How to train a language model.</summary>
    public TrainingOptions OnText(ParseResult parsed, int contextLength, Device device) =>
        Options(parsed, device, parsed.GetValue(batch) ?? StandardWindows, parsed.GetValue(window) ?? Math.Min(StandardWindow, contextLength));

    /// <summary>How to train a vision model.</summary>
    public TrainingOptions OnImages(ParseResult parsed, Device device) => parsed.GetValue(window) is null
        ? Options(parsed, device, parsed.GetValue(batch) ?? StandardImages, windowLength: 1)
        : throw new NestorException("--window is for language models; leave it out with --images.");

    private TrainingOptions Options(ParseResult parsed, Device device, int batchSize, int windowLength)
    {
        var options = new TrainingOptions
        {
            BatchSize = batchSize,
            WindowLength = windowLength,
            LearningRate = parsed.GetValue(learningRate),
            WarmUpSteps = parsed.GetValue(warmUp),
            BFloat16 = Autocast.IsFasterOn(device),
            CheckpointEvery = parsed.GetValue(checkpointEvery),
            Seed = parsed.GetValue(seed),
        };
        (options with { Steps = Math.Max(options.Steps, options.WarmUpSteps + 1) }).Validate();
        return options;
    }
}
