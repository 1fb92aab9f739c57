using System.CommandLine;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>How the models of <c>nestor reproduce matlm</c> are trained: the options of every experiment that works on them.</summary>
internal sealed class MatLmArguments
{
    /// <summary>Share of the documents that no model is trained on.</summary>
    public const double ValidationShare = 0.05;

    /// <summary>Folder of the nested run in the work folder.</summary>
    public const string NestedRun = "matlm";

    private readonly Option<string> preset = new("--preset") { Description = "Shape: " + string.Join(", ", ModelPresets.Names) + ".", DefaultValueFactory = _ => "micro" };
    private readonly Option<long> steps = new("--steps") { Description = "Steps of each baseline; the nested model takes as many for each granularity.", DefaultValueFactory = _ => 1500 };
    private readonly Option<int> batch = new("--batch") { Description = "Windows in a batch.", DefaultValueFactory = _ => 32 };
    private readonly Option<double> learningRate = new("--learning-rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 3e-3 };
    private readonly Option<string> objective = new("--objective") { Description = "How the nested model is trained.", DefaultValueFactory = _ => "sampled" };
    private readonly Option<long> seed = Arguments.Seed();

    /// <summary>The text.</summary>
    public Option<string> Text { get; } = new("--text") { Description = "Real text: a file, a folder, .gz or .jsonl; some 50 MB for the standard setting.", Required = true };

    /// <summary>Where the runs are.</summary>
    public Option<string> Work { get; } = new("--work") { Description = "Folder of the runs; what is there is gone on with.", DefaultValueFactory = _ => Path.Combine("out", "reproduce", "matlm") };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] options = [Text, preset, steps, batch, learningRate, objective, seed, Work];
        foreach (var option in options)
            command.Add(option);
    }

    /// <summary>The models' shape, for a tokenizer still to be trained.</summary>
    public ModelConfig Shape(ParseResult parsed) => ModelPresets.Get(parsed.GetRequiredValue(preset));

    /// <summary>How one of the independent models is trained.</summary>
    public TrainingOptions Options(ParseResult parsed, ModelConfig shape, Device device) => new()
    {
        Objective = ObjectiveText.Parse(parsed.GetRequiredValue(objective)),
        Steps = parsed.GetValue(steps),
        BatchSize = parsed.GetValue(batch),
        WindowLength = shape.ContextLength,
        LearningRate = parsed.GetValue(learningRate),
        WarmUpSteps = Math.Min(100, parsed.GetValue(steps) / 10),
        BFloat16 = Autocast.IsFasterOn(device),
        Seed = parsed.GetValue(seed),
    };

    /// <summary>How the nested model is trained: as many steps for each granularity as an independent model takes.</summary>
    public static TrainingOptions Nested(TrainingOptions independent, ModelConfig config) => independent with { Steps = independent.Steps * config.Granularities.Count };
}
