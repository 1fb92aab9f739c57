using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Terminal;
using Nestor.Images;
using Nestor.Models.Vision;
using Nestor.Training;
using Nestor.Training.Data.Images;
using Nestor.Training.Optimization;
using Nestor.Training.Robustness.Training;
using Nestor.Training.Vision;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor robust train --images PATH --epsilon 8/255 --loss trades --out DIR</c>: trains a classifier on the worst neighbours of its images.</summary>
internal static class RobustTrainCommand
{
    private const string BestFolder = "best", ResidualPreset = "resnet18";

    public static Command Create()
    {
        var images = ImageArguments.Images();
        images.Required = true;
        var threat = new ThreatArguments();
        var preset = new Option<string>("--preset") { Description = $"Shape: {string.Join(", ", PlainNetPresets.Names)}, {ResidualPreset}, or a vision transformer such as vit-nano.", DefaultValueFactory = _ => PlainNetPresets.Names[0] };
        var loss = new Option<string>("--loss") { Description = RobustLossOption.Description, DefaultValueFactory = _ => "pgd" };
        var steps = new Option<long>("--steps") { Description = "Optimizer steps.", DefaultValueFactory = _ => 2000 };
        var search = new Option<int>("--search-steps") { Description = "Steps of the search for the worst neighbour.", DefaultValueFactory = _ => 7 };
        var ramp = new Option<double>("--ramp") { Description = "Share of the steps over which epsilon rises.", DefaultValueFactory = _ => 0.3 };
        var weights = new Option<double>("--awp") { Description = "How far weights are perturbed too, as a share of their size, once epsilon has risen; 0 for not at all." };
        var batch = new Option<int>("--batch") { Description = "Images in a batch.", DefaultValueFactory = _ => 100 };
        var rate = new Option<double>("--learning-rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 2e-3 };
        var validation = new Option<int>("--validation") { Description = "Training images kept back to measure on.", DefaultValueFactory = _ => 500 };
        var every = new Option<long>("--measure-every") { Description = "Steps between two measurements and checkpoints.", DefaultValueFactory = _ => 200 };
        var output = Arguments.Out("Folder of the run; the best model on validation is in its folder best.");
        var resume = new Option<bool>("--resume") { Description = "Go on from the newest checkpoint in the folder." };
        var (device, seed) = (Arguments.Device(), Arguments.Seed());
        var command = new Command("train", "Train an image classifier to withstand attacks.") { images, preset, loss, steps, search, ramp, weights, batch, rate, validation, every, output, resume, device, seed };
        threat.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var total = parsed.GetValue(steps);
            var options = new TrainingOptions
            {
                Objective = RobustLossOption.Objective(
                    parsed.GetRequiredValue(loss), new RobustObjective(threat.Threat(parsed), new AdversarialLoss())
                    {
                        Steps = parsed.GetValue(search),
                        RampSteps = (long)(parsed.GetValue(ramp) * total),
                        WeightPerturbation = parsed.GetValue(weights),
                        WeightPerturbationFrom = parsed.GetValue(weights) > 0 ? (long)(parsed.GetValue(ramp) * total) : 0,
                    }),
                Steps = total,
                BatchSize = parsed.GetValue(batch),
                WindowLength = 1,
                LearningRate = parsed.GetValue(rate),
                WarmUpSteps = total / 10,
                Optimizer = new AdamWOptions { WeightDecay = 1e-3 },
                CheckpointEvery = parsed.GetValue(every),
                Seed = parsed.GetValue(seed),
            };
            return Task.FromResult(Run(parsed.GetRequiredValue(images)!, parsed.GetRequiredValue(preset), options, threat.Threat(parsed), parsed.GetValue(validation), parsed.GetRequiredValue(output), parsed.GetValue(resume), TorchRuntime.DeviceFor(parsed.GetRequiredValue(device)), cancellation));
        });
        return command;
    }

    private static int Run(
        string path, string preset, TrainingOptions options, Nestor.Training.Robustness.Threat threat, int validation, string folder, bool resume, Device device, CancellationToken cancellation)
    {
        var console = AnsiConsole.Console;
        options.Validate();
        TrainCommand.ThrowIfTaken(folder, resume);
        var all = ImageSources.Open(path, ImageSplit.Train);
        if (validation < 1 || validation >= all.Count)
            throw new NestorException($"{validation} of {all.Count} training images were to be kept back; keep at least 1 of them and leave some to train on.");
        var chosen = ImagePixels.Choice(all.Count, validation);
        var (kept, set) = (all.Pick(chosen), all.Pick([.. Enumerable.Range(0, all.Count).Except(chosen)]));
        var create = Model(preset, set, (ulong)options.Seed, device);
        using var scope = NewDisposeScope();
        var (images, labels) = ImagePixels.Of(kept, set.Classes.Count, validation, device);
        using var probe = create();
        var batches = new ImageBatches(set, new ImageRegularization(), probe.Images, options);
        using var run = TrainingRun.Open(folder, create, batches, options, resume);
        var best = new BestOnValidation(Path.Combine(folder, BestFolder), run.Model, images, labels, threat);
        var measure = best.AtCheckpoints(options, measured => console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {measured.Step}: validation clean {measured.Clean:P1}, robust {measured.Robust:P1}")));
        var done = TrainingDisplay.Show(console, run.Model.Config.Granularities, options.Steps, progress => run.Execute(progress + measure, cancellation), "images");
        if (!done)
        {
            Console.Error.WriteLine($"nestor: stopped after step {run.Step}; the same command with --resume goes on.");
            return Program.Stopped;
        }

        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the best model, of step {best.Best!.Step} with {best.Best.Robust:P1} of the validation images robust, is in {Path.Combine(folder, BestFolder)}"));
        return 0;
    }

    private static Func<IImageModel> Model(string preset, ImageSet set, ulong seed, Device device)
    {
        float[] mean = [.. Enumerable.Repeat(0.5f, set.Shape.Channels)], deviation = [.. Enumerable.Repeat(0.25f, set.Shape.Channels)];
        if (preset == ResidualPreset)
        {
            var residual = ResidualConfig.ResNet18 with
            {
                ImageSize = set.Shape.Height,
                Channels = set.Shape.Channels,
                Classes = set.Classes.Count,
                Labels = set.Classes,
                Mean = mean,
                StandardDeviation = deviation,
            };
            residual.Validate();
            return () => ResidualNet.Create(residual, seed, device);
        }

        if (!PlainNetPresets.Names.Contains(preset))
        {
            var vision = VisionShape.For(set, VisionPresets.Get(preset));
            vision.Validate();
            return () => MatVit.Create(vision, seed, device);
        }

        var config = PlainNetPresets.Get(preset) with
        {
            ImageSize = set.Shape.Height,
            Channels = set.Shape.Channels,
            Classes = set.Classes.Count,
            Labels = set.Classes,
            Mean = mean,
            StandardDeviation = deviation,
        };
        config.Validate();
        return () => PlainNet.Create(config, seed, device);
    }
}
