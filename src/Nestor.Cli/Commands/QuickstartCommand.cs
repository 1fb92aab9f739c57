using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Training;
using Nestor.Training.Evaluation;
using Nestor.Training.Optimization;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>
/// <c>nestor quickstart</c>: the whole idea in a few minutes. Trains a small nested model on text that every machine with the SDK has,
/// measures every size, writes slices, lets them write, and draws the picture.
/// </summary>
internal static class QuickstartCommand
{
    private const string Preset = "quickstart";

    public static Command Create()
    {
        var text = Arguments.Text();
        var vocabulary = Arguments.Vocabulary();
        var output = Arguments.Out("Folder of the run.", Path.Combine("out", "quickstart"));
        var steps = new Option<long>("--steps") { Description = "Training steps; fewer for a quick look.", DefaultValueFactory = _ => 1000 };
        var slices = new Option<string[]>("--slice") { Description = "Plan to write as a model folder of its own. May be repeated.", DefaultValueFactory = _ => ["S", "M", "L"], AllowMultipleArgumentsPerToken = true };
        var prompt = new Option<string>("--prompt") { Description = "The beginning of the samples.", DefaultValueFactory = _ => "The Read method" };
        var (device, seed) = (Arguments.Device(), Arguments.Seed());
        var resume = new Option<bool>("--resume") { Description = "Go on with a run that was stopped." };
        var command = new Command("quickstart", "Train a small nested model in a few minutes, measure and slice it, and write a report.") { text, vocabulary, output, steps, slices, prompt, device, seed, resume };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(output),
            parsed.GetValue(text),
            parsed.GetValue(vocabulary),
            parsed.GetValue(steps),
            parsed.GetRequiredValue(slices),
            parsed.GetRequiredValue(prompt),
            TorchRuntime.DeviceFor(parsed.GetRequiredValue(device)),
            parsed.GetValue(seed),
            parsed.GetValue(resume),
            cancellation)));
        return command;
    }

    private static int Run(string folder, string? textPath, int? vocabulary, long steps, string[] sliceTexts, string prompt, Device device, long seed, bool resume, CancellationToken cancellation)
    {
        var console = AnsiConsole.Console;
        var shape = ModelPresets.Get(Preset);
        var slices = sliceTexts.Select(text => WidthPlanText.Parse(text, shape)).ToList();
        var options = new TrainingOptions
        {
            Steps = steps,
            BatchSize = 16,
            WindowLength = shape.ContextLength,
            WarmUpSteps = Math.Min(50, steps / 10),
            LearningRate = 3e-3,
            BFloat16 = Autocast.IsFasterOn(device),
            Seed = seed,
        };
        options.Validate();

        using var data = CorpusPreparation.Make(console, folder, TextSources.Open(textPath), vocabulary ?? shape.VocabularySize, null, resume, cancellation);
        var config = data.Fit(shape);
        var modelFolder = Path.Combine(folder, "model");
        using var run = TrainingRun.Open(modelFolder, config, data.Tokenizer, data.Corpus, options, resume, device);
        if (!TrainingDisplay.Show(console, config.Granularities, steps, progress => run.Execute(progress, cancellation)))
        {
            Console.Error.WriteLine($"nestor: stopped after step {run.Step}; the same command with --resume goes on.");
            return Program.Stopped;
        }

        var evaluation = new LossEvaluation(run.Model, EvaluationText.Of(data.Corpus.Validation), maxTokens: 50_000);
        var granularities = config.Granularities.Select(g => evaluation.Measure(WidthPlan.Uniform(g.Width, config.Layers), cancellation)).ToList();
        var mixes = MixedPlans.Between(config).Select(plan => evaluation.Measure(plan, cancellation)).ToList();
        console.Write(LossTable.Of([.. granularities, .. mixes], config));

        var samples = SliceAndSample(console, folder, modelFolder, slices, prompt, seed, cancellation);
        var report = Path.Combine(folder, "report.html");
        new QuickstartReport
        {
            Config = config,
            Source = data.Corpus.Source,
            Totals = MetricsLog.Read(Path.Combine(modelFolder, "metrics.jsonl")),
            Granularities = granularities,
            Mixes = mixes,
            Samples = samples,
        }.Write(report);
        console.WriteLine($"report: {report}");
        return 0;
    }

    /// <summary>Writes the slices, then lets the smallest and the largest plan write, each from the folder that it would be deployed as.</summary>
    private static List<WrittenSample> SliceAndSample(IAnsiConsole console, string folder, string modelFolder, List<WidthPlan> slices, string prompt, long seed, CancellationToken cancellation)
    {
        using var whole = Checkpoint.Open(modelFolder);
        var config = whole.Config;
        foreach (var plan in slices)
        {
            var name = FolderName(plan, config);
            whole.Slice(plan).Save(Path.Combine(folder, name));
            var count = ParameterCount.Of(config, plan);
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"slice {name}: {count.NonEmbedding:N0} parameters without embeddings"));
        }

        var generator = new TextGenerator(Decoder.Load(whole), whole.Tokenizer);
        var samples = new List<WrittenSample>();
        foreach (var granularity in new[] { config.Granularities[0], config.Granularities[^1] })
        {
            var options = new GenerationOptions
            {
                Plan = WidthPlan.Uniform(granularity.Width, config.Layers),
                MaxTokens = 100,
                Sampling = new SamplingOptions { Temperature = 0.7, TopP = 0.9, Seed = (ulong)seed },
            };
            var text = string.Concat(generator.Generate(prompt, options, cancellation));
            samples.Add(new WrittenSample(granularity.Name, prompt, text));
            console.WriteLine();
            console.WriteLine($"{granularity.Name} writes:");
            console.WriteLine(prompt + text);
        }

        console.WriteLine();
        return samples;
    }

    private static string FolderName(WidthPlan plan, ModelConfig config) =>
        "slice-" + WidthPlanText.Print(plan, config.Granularities).Replace('*', 'x').Replace(',', '-');
}
