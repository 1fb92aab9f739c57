using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Images;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;
using Nestor.Training.Data.Images;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Vision;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>
/// <c>nestor reproduce matvit</c>: for each data set, one nested vision transformer against four trained alone.
/// </summary>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §4.2 at a small size. As for language models, every baseline sees some passes over the images and the nested model four
/// times as many, one granularity per step, so that each size is run on as many images. Everything else is the same for all five.
/// </remarks>
internal static class ReproduceMatVitCommand
{
    public static Command Create()
    {
        var mnist = new Option<string?>("--mnist") { Description = "Folder of MNIST's idx files." };
        var cifar = new Option<string?>("--cifar") { Description = "CIFAR-10: a folder of its binary files, or a zip or folder of its pictures." };
        var preset = new Option<string>("--preset") { Description = "Shape: " + string.Join(", ", VisionPresets.Names) + ".", DefaultValueFactory = _ => "vit-nano" };
        var patch = new Option<int>("--patch") { Description = "Height and width of a patch of MNIST.", DefaultValueFactory = _ => 7 };
        var cifarPatch = new Option<int>("--cifar-patch") { Description = "Height and width of a patch of CIFAR-10.", DefaultValueFactory = _ => 4 };
        var epochs = new Option<int>("--epochs") { Description = "Passes of each baseline over MNIST.", DefaultValueFactory = _ => 6 };
        var cifarEpochs = new Option<int>("--cifar-epochs") { Description = "Passes of each baseline over CIFAR-10.", DefaultValueFactory = _ => 10 };
        var batch = new Option<int>("--batch") { Description = "Images in a batch.", DefaultValueFactory = _ => 100 };
        var learningRate = new Option<double>("--learning-rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 2e-3 };
        var objective = new Option<string>("--objective") { Description = "How the nested model is trained.", DefaultValueFactory = _ => "sampled" };
        var threads = new Option<int?>("--threads") { Description = "Threads of libtorch; without it, its own choice." };
        var (device, seed) = (Arguments.Device(), Arguments.Seed());
        var work = new Option<string>("--work") { Description = "Folder of the runs; what is there is gone on with.", DefaultValueFactory = _ => Path.Combine("out", "reproduce", "matvit") };
        var remark = new Option<string?>("--remark") { Description = "A sentence for the report, such as what else the machine did." };
        var output = Arguments.Out("Folder for matvit.md and its pictures.", Path.Combine("bench", "results"));
        var command = new Command("matvit", "Train a nested vision transformer and four independent ones on each data set; compare them at every size.") { mnist, cifar, preset, patch, cifarPatch, epochs, cifarEpochs, batch, learningRate, objective, threads, device, seed, work, remark, output };
        command.SetAction((parsed, cancellation) =>
        {
            var torchDevice = TorchRuntime.DeviceFor(parsed.GetRequiredValue(device));
            if (parsed.GetValue(threads) is { } count)
                set_num_threads(count > 0 ? count : throw new NestorException($"{count} threads were asked for; at least 1 is wanted."));
            var shape = VisionPresets.Get(parsed.GetRequiredValue(preset));
            var (mnistPath, cifarPath, workFolder, outFolder) = (parsed.GetValue(mnist), parsed.GetValue(cifar), parsed.GetRequiredValue(work), parsed.GetRequiredValue(output));
            var options = new TrainingOptions
            {
                Objective = ObjectiveText.Parse(parsed.GetRequiredValue(objective)),
                BatchSize = parsed.GetValue(batch),
                WindowLength = 1,
                LearningRate = parsed.GetValue(learningRate),
                FinalLearningRateShare = 0.01,
                CheckpointEvery = 500,
                Seed = parsed.GetValue(seed),
            };
            var report = new MatVitReport
            {
                Options = options,
                Command = "nestor " + Arguments.Shown(parsed, [.. new[] { mnistPath, cifarPath, workFolder, outFolder }.OfType<string>()]),
                Remark = parsed.GetValue(remark),
            };
            List<ImageExperiment> experiments = [];
            if (mnistPath is not null)
                experiments.Add(new("mnist", "MNIST", mnistPath, shape with { PatchSize = parsed.GetValue(patch) }, new ImageRegularization { Crop = 2 }, parsed.GetValue(epochs)));
            if (cifarPath is not null)
                experiments.Add(new("cifar10", File.Exists(cifarPath) ? "CIFAR-10-JPEG" : "CIFAR-10", cifarPath, shape with { PatchSize = parsed.GetValue(cifarPatch) }, new ImageRegularization { Crop = 4, Flip = true }, parsed.GetValue(cifarEpochs)));
            if (experiments.Count == 0)
                throw new NestorException("No data set was given; add --mnist with the folder of its idx files, or --cifar.");
            return Task.FromResult(Run(experiments, options, torchDevice, workFolder, outFolder, report, cancellation));
        });
        return command;
    }

    private static int Run(List<ImageExperiment> experiments, TrainingOptions options, Device device, string work, string output, MatVitReport report, CancellationToken cancellation)
    {
        var results = new List<MatVitResults>();
        foreach (var experiment in experiments)
        {
            if (Compare(AnsiConsole.Console, experiment, options, device, Path.Combine(work, experiment.Name), cancellation) is not { } result)
                return Program.Stopped;
            results.Add(result);
            (report with { Results = results }).Write(output);
            AnsiConsole.Console.WriteLine($"written: {Path.Combine(output, "matvit.md")}");
        }

        return 0;
    }

    private static MatVitResults? Compare(IAnsiConsole console, ImageExperiment experiment, TrainingOptions options, Device device, string work, CancellationToken cancellation)
    {
        var images = ImageSources.Open(experiment.Images, ImageSplit.Train);
        var config = VisionShape.For(images, experiment.Shape);
        config.Validate();
        var held = ImageSources.Open(experiment.Images, ImageSplit.Test, config.ImageSize, config.Channels);
        var steps = (long)experiment.Epochs * images.Count / options.BatchSize;
        options = options with { Steps = steps, WarmUpSteps = Math.Min(200, steps / 10) };
        options.Validate();

        var nested = options with { Steps = steps * config.Granularities.Count };
        var baselines = config.Granularities.Select(granularity => (granularity.Name, config with
        {
            FullWidths = WidthPlan.Uniform(granularity.Width, config.Layers),
            Granularities = [new Granularity(granularity.Name, granularity.Width)],
        }, options with { Objective = new SampledObjective() }));

        var runs = new List<MatVitRun>();
        foreach (var (name, runConfig, runOptions) in baselines.Prepend((Name: "matvit", config, nested)))
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{experiment.Title} {name}: {VisionParameterCount.Of(runConfig, runConfig.FullWidths).Total:N0} parameters, {runOptions.Steps} steps"));
            var folder = Path.Combine(work, name);
            var batches = new ImageBatches(images, experiment.Regularization, runConfig, runOptions);
            using var run = TrainingRun.Open(folder, () => MatVit.Create(runConfig, (ulong)runOptions.Seed, device), batches, runOptions, resume: true);
            if (!TrainingDisplay.Show(console, runConfig.Granularities, runOptions.Steps, progress => run.Execute(progress, cancellation), "images"))
            {
                Console.Error.WriteLine($"nestor: stopped in {experiment.Title} {name} after step {run.Step}; the same command goes on.");
                return null;
            }

            var evaluation = new AccuracyEvaluation(run.Model, held);
            var plans = runConfig.Granularities.Select(g => WidthPlan.Uniform(g.Width, config.Layers));
            if (runConfig.Granularities.Count > 1)
                plans = plans.Concat(MixedPlans.Between(config)).Concat(MixedPlans.Between(config).Select(MixedPlans.Reversed));
            var accuracies = plans.Select(plan => evaluation.Measure(plan, cancellation)).ToList();
            console.Write(AccuracyTable.Of(accuracies, runConfig));
            runs.Add(new MatVitRun(name, accuracies, MetricsLog.Read(Path.Combine(folder, "metrics.jsonl"))));
        }

        return new MatVitResults(experiment, config, images.Count, runs[0], runs[1..]);
    }
}
