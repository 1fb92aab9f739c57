using System.CommandLine;
using Nestor.Cli.Reports;
using Nestor.Cli.Voting;
using Nestor.Training;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor reproduce voting</c>: whether models that were trained to be robust gain by voting, and when.</summary>
/// <remarks>Devvrit et al. 2020 (arXiv 2011.14031). Every result is kept in the work folder: a run that was stopped goes on.</remarks>
internal static class ReproduceVotingCommand
{
    public static Command Create()
    {
        var settings = new Option<string>("--settings") { Description = $"Images and epsilon, with commas: {string.Join(", ", VotingSetting.All.Select(setting => setting.Key))}.", DefaultValueFactory = _ => "shapes-4,shapes-8" };
        var seeds = new Option<int>("--seeds") { Description = "Seeds, each with images and models of its own.", DefaultValueFactory = _ => 3 };
        var firstSeed = new Option<int>("--first-seed") { Description = "The first of the seeds, so that several processes can share the work.", DefaultValueFactory = _ => 1 };
        var controlSeeds = new Option<int>("--control-seeds") { Description = "Seeds, from the first, that also train models outside the pool: standard, fast, and one that costs as much as three.", DefaultValueFactory = _ => 1 };
        var mnist = new Option<string?>("--mnist") { Description = "Folder of MNIST's idx files." };
        var cifar = new Option<string?>("--cifar") { Description = "CIFAR-10: a folder of its binary files, or a zip or folder of its pictures." };
        var training = new Option<int>("--training-images") { Description = "Training images of each seed.", DefaultValueFactory = _ => 4000 };
        var trainingSteps = new Option<long>("--training-steps") { Description = "Optimizer steps of each model.", DefaultValueFactory = _ => 560 };
        var search = new Option<int>("--search-steps") { Description = "Steps of the search for the worst neighbour in training.", DefaultValueFactory = _ => 4 };
        var selection = new Option<int>("--selection-points") { Description = "Images that committees are chosen on.", DefaultValueFactory = _ => 600 };
        var points = new Option<int>("--points") { Description = "Images that results are reported on.", DefaultValueFactory = _ => 1200 };
        var steps = new Option<int>("--attack-steps") { Description = "Steps of each attack.", DefaultValueFactory = _ => 20 };
        var selectionSteps = new Option<int>("--selection-steps") { Description = "Steps of each attack on the images of the selection, and on every pair of the test images.", DefaultValueFactory = _ => 20 };
        var difficulty = new Option<double>("--difficulty") { Description = "How difficult drawn shapes are, 0 to 1.", DefaultValueFactory = _ => 0.5 };
        var quick = new Option<bool>("--quick") { Description = "A short try; its figures mean little." };
        var threads = new Option<int?>("--threads") { Description = "Threads of libtorch; without it, its own choice." };
        var work = new Option<string>("--work") { Description = "Folder of the runs; what is there is gone on with.", DefaultValueFactory = _ => Path.Combine("out", "reproduce", "voting") };
        var runs = new Option<string?>("--runs") { Description = "Folder of finished runs, a file each; the page is drawn from all that are there. Without it, a folder of --work." };
        var remark = new Option<string?>("--remark") { Description = "A sentence for the page, such as what else the machine did." };
        var output = Arguments.Out("Folder for voting.md and its pictures.", Path.Combine("bench", "results"));
        var device = Arguments.Device();
        var command = new Command("voting", "Train pools of robust models, choose committees from them and attack their votes by everything.")
        {
            settings, seeds, firstSeed, controlSeeds, mnist, cifar, training, trainingSteps, search, selection, points, steps, selectionSteps, difficulty, quick, threads, work, runs, remark, output, device,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new VotingOptions
            {
                TrainingImages = parsed.GetValue(training),
                TrainingSteps = parsed.GetValue(trainingSteps),
                SearchSteps = parsed.GetValue(search),
                StoppingPoints = 300,
                SelectionPoints = parsed.GetValue(selection),
                TestPoints = parsed.GetValue(points),
                AttackSteps = parsed.GetValue(steps),
                SelectionSteps = parsed.GetValue(selectionSteps),
                Difficulty = parsed.GetValue(difficulty),
            };
            if (parsed.GetValue(quick))
                options = options.Shortened();
            options.Validate();
            if (parsed.GetValue(seeds) < 1 || parsed.GetValue(firstSeed) < 1)
                throw new NestorException($"{parsed.GetValue(seeds)} seeds from {parsed.GetValue(firstSeed)} on were asked for; at least one, from 1 on, is wanted.");
            var chosen = parsed.GetRequiredValue(settings).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(VotingSetting.Of).ToList();
            var torchDevice = TorchRuntime.DeviceFor(parsed.GetRequiredValue(device));
            if (parsed.GetValue(threads) is { } count)
                set_num_threads(count > 0 ? count : throw new NestorException($"{count} threads were asked for; at least 1 is wanted."));
            var paths = new VotingPaths(parsed.GetRequiredValue(work), parsed.GetValue(runs), parsed.GetRequiredValue(output), parsed.GetValue(mnist), parsed.GetValue(cifar));
            paths.Check(chosen);
            var origin = RunOrigin.Here("nestor " + Arguments.Shown(parsed, [.. paths.All]), parsed.GetValue(remark));
            return Task.FromResult(Run(chosen, Enumerable.Range(parsed.GetValue(firstSeed), parsed.GetValue(seeds)), parsed.GetValue(controlSeeds), paths, torchDevice, options, origin, parsed.GetValue(quick), cancellation));
        });
        return command;
    }

    private static int Run(IReadOnlyList<VotingSetting> settings, IEnumerable<int> seeds, int controlSeeds, VotingPaths paths, Device device, VotingOptions options, RunOrigin origin, bool quick, CancellationToken cancellation)
    {
        var finished = paths.OfRuns(quick);
        foreach (var setting in settings)
        {
            foreach (var seed in seeds)
            {
                var place = $"{setting.Key}, seed {seed}";
                var size = options with { HasControls = seed <= controlSeeds };
                try
                {
                    finished.Add(setting, seed, size, () =>
                    {
                        using var experiment = new VotingExperiment(setting, size, paths.Of(setting.Source), seed, device, paths.Of(setting, seed, quick), line => Console.WriteLine($"{place}: {line}"), cancellation);
                        return experiment.Run(origin);
                    });
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    Console.Error.WriteLine($"nestor: stopped in {place}; the same command goes on with it.");
                    return Program.Stopped;
                }

                new VotingReport(finished.All(), quick).Write(paths.Output);
            }
        }

        Console.WriteLine($"written: {Path.Combine(paths.Output, VotingReport.FileName)}");
        return 0;
    }
}
