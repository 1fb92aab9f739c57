using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Models;
using Nestor.Training;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>The part on a language model: pruned in several ways, and made sliceable in several ways, at equal steps.</summary>
internal sealed class PruningTextPart : IPruningPart
{
    private const double ValidationShare = 0.05;

    private readonly Option<string?> text = new("--text") { Description = "Text: real text, a file, a folder, .gz or .jsonl." };
    private readonly Option<string> preset = new("--text-preset") { Description = "Text: shape of the model, " + string.Join(", ", ModelPresets.Names) + ".", DefaultValueFactory = _ => "tiny" };
    private readonly Option<long> denseSteps = new("--text-steps") { Description = "Text: steps of the dense model.", DefaultValueFactory = _ => 1500 };
    private readonly Option<long> pruneSteps = new("--text-prune-steps") { Description = "Text: steps before a cut.", DefaultValueFactory = _ => 300 };
    private readonly Option<long> tuneSteps = new("--text-tune-steps") { Description = "Text: steps after a cut.", DefaultValueFactory = _ => 300 };
    private readonly Option<long> nestSteps = new("--text-nest-steps") { Description = "Text: most nested steps; a fifth of them is compared too.", DefaultValueFactory = _ => 1000 };
    private readonly Option<int> textBatch = new("--text-batch") { Description = "Text: windows in a batch.", DefaultValueFactory = _ => 8 };
    private readonly Option<double> textRate = new("--text-learning-rate") { Description = "Text: highest learning rate of the dense model; half of it after that.", DefaultValueFactory = _ => 3e-3 };
    private readonly Option<string[]> textPenalty = new("--text-penalty") { Description = "Text: a group lasso; may be repeated, and the first prepares for nesting.", DefaultValueFactory = _ => ["coupled:0.002", "coupled:0.005"] };
    private readonly Option<long> textTokens = new("--text-tokens") { Description = "Text: held-out tokens that a loss is measured on.", DefaultValueFactory = _ => 32_768 };
    private readonly Option<string> device = new("--text-device") { Description = "Text: auto, cpu or cuda.", DefaultValueFactory = _ => "auto" };
    private readonly Option<long> seed = new("--text-seed") { Description = "Text: decides everything random.", DefaultValueFactory = _ => 1 };

    public IReadOnlyList<Option> Options => [text, preset, denseSteps, pruneSteps, tuneSteps, nestSteps, textBatch, textRate, textPenalty, textTokens, device, seed];

    public bool IsWanted(ParseResult parsed) => parsed.GetValue(text) is not null;

    public Action<CancellationToken> Prepare(ParseResult parsed, PruningSetting setting)
    {
        var torchDevice = TorchRuntime.DeviceFor(parsed.GetRequiredValue(device));
        var shape = ModelPresets.Get(setting.Quick ? "tiny" : parsed.GetRequiredValue(preset));
        var options = OptionsFor(parsed, shape, setting.Quick, torchDevice);
        options.Training.Validate();
        var source = TextSources.Open(parsed.GetValue(text));
        var work = Path.Combine(setting.Work, setting.Quick ? "text-quick" : "text");
        return cancellation =>
        {
            using var data = CorpusPreparation.Make(AnsiConsole.Console, work, source, shape.VocabularySize, null, keep: true, cancellation, ValidationShare);
            var experiment = new PruningTextExperiment(data, shape, options, torchDevice, work, cancellation);
            var report = new PruningTextReport { Setting = setting, Config = experiment.Config, Options = options, Corpus = data.Corpus, Dense = experiment.TrainDense() };
            foreach (var row in experiment.Prune())
                report = report with { Pruned = [.. report.Pruned, row] };
            report.Write();
            foreach (var row in experiment.Nest())
            {
                report = report with { Nested = [.. report.Nested, row] };
                report.Write();
            }

            AnsiConsole.Console.WriteLine($"written: {Path.Combine(setting.Output, PruningTextReport.FileName)}");
        };
    }

    private PruningTextOptions OptionsFor(ParseResult parsed, ModelConfig shape, bool quick, Device torchDevice)
    {
        long Steps(Option<long> option) => parsed.GetValue(option) is > 0 and var steps
            ? quick ? Math.Min(steps, 20) : steps
            : throw new NestorException($"{option.Name} is {parsed.GetValue(option).ToString(CultureInfo.InvariantCulture)}; give at least 1.");
        return new PruningTextOptions
        {
            Training = new TrainingOptions
            {
                BatchSize = parsed.GetValue(textBatch),
                WindowLength = shape.ContextLength,
                LearningRate = parsed.GetValue(textRate),
                WarmUpSteps = Math.Min(100, Steps(denseSteps) / 10),
                BFloat16 = Autocast.IsFasterOn(torchDevice),
                Seed = parsed.GetValue(seed),
            },
            DenseSteps = Steps(denseSteps),
            Steps = Steps(pruneSteps),
            FineTuneSteps = Steps(tuneSteps),
            NestSteps = [Math.Max(1, Steps(nestSteps) / 5), Steps(nestSteps)],
            Penalties = [.. parsed.GetRequiredValue(textPenalty).Select(PenaltyText.Parse)],
            EvaluationTokens = parsed.GetValue(textTokens),
        };
    }
}
