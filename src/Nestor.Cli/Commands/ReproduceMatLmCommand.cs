using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Models;
using Nestor.Training;
using Nestor.Training.Evaluation;
using Nestor.Training.Optimization;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>
/// <c>nestor reproduce matlm</c>: one nested model against four trained alone, at the same tokens per size.
/// </summary>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §4.1 and B.4: every baseline sees X tokens, the nested model 4 X with one granularity per step, so that
/// each size is run on X tokens on average. Learning rate, schedule, batch and seed are the same for all five.
/// </remarks>
internal static class ReproduceMatLmCommand
{
    private const long EvaluationTokens = 250_000;

    public static Command Create()
    {
        var training = new MatLmArguments();
        var device = Arguments.Device();
        var remark = new Option<string?>("--remark") { Description = "A sentence for the report, such as what else the machine did." };
        var output = Arguments.Out("Folder for matlm.md and matlm.png.", Path.Combine("bench", "results"));
        var command = new Command("matlm", "Train a nested language model and four independent ones; compare them at every size.") { device, remark, output };
        training.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var torchDevice = TorchRuntime.DeviceFor(parsed.GetRequiredValue(device));
            var shape = training.Shape(parsed);
            var (text, work) = (parsed.GetRequiredValue(training.Text), parsed.GetRequiredValue(training.Work));
            var arguments = Arguments.Shown(parsed, text, work, parsed.GetRequiredValue(output));
            return Task.FromResult(Run(text, shape, training.Options(parsed, shape, torchDevice), torchDevice, work, parsed.GetRequiredValue(output), arguments, parsed.GetValue(remark), cancellation));
        });
        return command;
    }

    private static int Run(string text, ModelConfig shape, TrainingOptions options, Device device, string work, string output, string arguments, string? remark, CancellationToken cancellation)
    {
        var console = AnsiConsole.Console;
        options.Validate();
        using var data = CorpusPreparation.Make(console, work, TextSources.Open(text), shape.VocabularySize, null, keep: true, cancellation, MatLmArguments.ValidationShare);
        var config = data.Fit(shape);
        var held = EvaluationText.Of(data.Corpus.Validation);

        var runs = new List<MatLmRun>();
        foreach (var (name, runConfig, runOptions) in MatLmModels.Runs(config, options))
        {
            console.WriteLine($"{name}: {ParameterCount.Of(runConfig, runConfig.FullWidths).NonEmbedding.ToString("N0", CultureInfo.InvariantCulture)} parameters without embeddings, {runOptions.Steps} steps");
            var folder = Path.Combine(work, name);
            using var run = TrainingRun.Open(folder, runConfig, data.Tokenizer, data.Corpus, runOptions, resume: true, device);
            if (!TrainingDisplay.Show(console, runConfig.Granularities, runOptions.Steps, progress => run.Execute(progress, cancellation)))
            {
                Console.Error.WriteLine($"nestor: stopped in {name} after step {run.Step}; the same command goes on.");
                return Program.Stopped;
            }

            run.Model.UseBFloat16 = false;
            var evaluation = new LossEvaluation(run.Model, held, maxTokens: EvaluationTokens);
            var plans = runConfig.Granularities.Select(g => WidthPlan.Uniform(g.Width, config.Layers));
            if (runConfig.Granularities.Count > 1)
                plans = plans.Concat(MixedPlans.Between(config)).Concat(MixedPlans.Between(config).Select(MixedPlans.Reversed));
            var losses = plans.Select(plan => evaluation.Measure(plan, cancellation)).ToList();
            console.Write(LossTable.Of(losses, runConfig));
            runs.Add(new MatLmRun(name, losses, MetricsLog.Read(Path.Combine(folder, "metrics.jsonl"))));
        }

        new MatLmReport
        {
            Config = config,
            Options = options,
            Corpus = data.Corpus,
            Nested = runs[0],
            Baselines = runs[1..],
            Command = $"nestor {arguments}",
            Remark = remark,
        }.Write(output);
        console.WriteLine($"written: {Path.Combine(output, "matlm.md")}");
        return 0;
    }
}
