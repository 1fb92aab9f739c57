using System.CommandLine;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>The options of training, shared by the commands that train.</summary>
internal sealed class TrainingArguments
{
    private readonly Option<string?> preset = new("--preset") { Description = "Shape: " + string.Join(", ", ModelPresets.Names) + "; for images: " + string.Join(", ", VisionPresets.Names) + ". Without it, quickstart or vit-nano." };
    private readonly Option<string> feedForward = new("--feed-forward") { Description = "swiglu, gelu or squared-relu; without it, the preset's." };
    private readonly Option<string> objective = new("--objective") { Description = "sampled, sampled:P/P/P/P, joint, joint-sum, sandwich or sandwich:N.", DefaultValueFactory = _ => "sampled" };
    private readonly Option<long> steps = new("--steps") { Description = "Optimizer steps.", DefaultValueFactory = _ => 1000 };
    private readonly Option<int?> batch = new("--batch") { Description = "Windows or images in a batch; without it 16 windows or 128 images." };
    private readonly Option<int?> window = new("--window") { Description = "Tokens in a window; without it, the model's context." };
    private readonly Option<int> accumulate = new("--accumulate") { Description = "Batches averaged for one step.", DefaultValueFactory = _ => 1 };
    private readonly Option<double> learningRate = new("--learning-rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 2e-3 };
    private readonly Option<long?> warmUp = new("--warm-up") { Description = "Steps over which the learning rate rises; without it 50, or a tenth of a short run." };
    private readonly Option<double> weightDecay = new("--weight-decay") { Description = "Decoupled decay of matrices.", DefaultValueFactory = _ => 0.1 };
    private readonly Option<bool> skipUntouched = new("--skip-untouched") { Description = "Leave neurons that a narrow step did not reach out of momentum and decay." };
    private readonly Option<string> precision = new("--precision") { Description = "bf16, f32, or auto for bf16 where the processor has it.", DefaultValueFactory = _ => "auto" };
    private readonly Option<long> checkpointEvery = new("--checkpoint-every") { Description = "Steps between checkpoints.", DefaultValueFactory = _ => 200 };
    private readonly Option<long> seed = Arguments.Seed();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] options = [preset, feedForward, objective, steps, batch, window, accumulate, learningRate, warmUp, weightDecay, skipUntouched, precision, checkpointEvery, seed];
        foreach (var option in options)
            command.Add(option);
    }

    /// <summary>The model's shape, for a tokenizer still to be trained.</summary>
    public ModelConfig Config(ParseResult parsed)
    {
        var config = ModelPresets.Get(parsed.GetValue(preset) ?? "quickstart");
        return parsed.GetValue(feedForward) switch
        {
            null => config,
            "swiglu" => config with { FeedForward = FeedForwardKind.SwiGlu },
            "gelu" => config with { FeedForward = FeedForwardKind.Gelu },
            "squared-relu" => config with { FeedForward = FeedForwardKind.SquaredRelu },
            var other => throw new NestorException($"'{other}' is not a feed-forward block; choose swiglu, gelu or squared-relu."),
        };
    }

    /// <summary>The shape of a vision model, still to be fitted to images.</summary>
    /// <exception cref="NestorException">An option was given that only language models have.</exception>
    public VisionConfig VisionConfig(ParseResult parsed)
    {
        foreach (var option in new Option[] { feedForward, window })
        {
            if (parsed.GetResult(option) is { Implicit: false })
                throw new NestorException($"{option.Name} is for language models; leave it out with --images.");
        }

        return VisionPresets.Get(parsed.GetValue(preset) ?? "vit-nano");
    }

    /// <summary>How to train a language model.</summary>
    public TrainingOptions Options(ParseResult parsed, ModelConfig config, Device device) =>
        Options(parsed, device, parsed.GetValue(batch) ?? 16, parsed.GetValue(window) ?? config.ContextLength);

    /// <summary>How to train a vision model.</summary>
    public TrainingOptions VisionOptions(ParseResult parsed, Device device) => Options(parsed, device, parsed.GetValue(batch) ?? 128, windowLength: 1);

    private TrainingOptions Options(ParseResult parsed, Device device, int batchSize, int windowLength) => new()
    {
        Objective = ObjectiveText.Parse(parsed.GetRequiredValue(objective)),
        Steps = parsed.GetValue(steps),
        BatchSize = batchSize,
        WindowLength = windowLength,
        Accumulate = parsed.GetValue(accumulate),
        LearningRate = parsed.GetValue(learningRate),
        WarmUpSteps = parsed.GetValue(warmUp) ?? Math.Min(50, parsed.GetValue(steps) / 10),
        Optimizer = new AdamWOptions { WeightDecay = parsed.GetValue(weightDecay), SkipUntouchedNeurons = parsed.GetValue(skipUntouched) },
        BFloat16 = UseBFloat16(parsed.GetRequiredValue(precision), device),
        CheckpointEvery = parsed.GetValue(checkpointEvery),
        Seed = parsed.GetValue(seed),
    };

    private static bool UseBFloat16(string precision, Device device) => precision switch
    {
        "auto" => Autocast.IsFasterOn(device),
        "f32" => false,
        "bf16" when Autocast.IsSupported => true,
        "bf16" => throw new NestorException("This libtorch does not let bfloat16 be switched on; use --precision f32."),
        _ => throw new NestorException($"'{precision}' is not a precision; choose auto, bf16 or f32."),
    };
}
