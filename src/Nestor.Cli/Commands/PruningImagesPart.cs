using System.CommandLine;
using Nestor.Cli.Reports;
using Nestor.Images;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Data.Images;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Nestor.Training.Vision;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>The part on images: a convolutional network and a vision transformer, pruned in several ways to equal sizes.</summary>
internal sealed class PruningImagesPart : IPruningPart
{
    private const int QuickImages = 500;

    private readonly Option<string?> mnist = new("--mnist") { Description = "Images: folder of MNIST's idx files." };
    private readonly Option<string?> cifar = new("--cifar") { Description = "Images: CIFAR-10, a folder of its binary files, or a zip or folder of its pictures." };
    private readonly Option<long> denseSteps = new("--image-steps") { Description = "Images: steps of the dense models.", DefaultValueFactory = _ => 1200 };
    private readonly Option<long> pruneSteps = new("--image-prune-steps") { Description = "Images: steps before a cut, and as many after it.", DefaultValueFactory = _ => 400 };
    private readonly Option<string> penalty = new("--image-penalty") { Description = "Images: the group lasso, such as coupled:0.03 or proximal:3.", DefaultValueFactory = _ => "coupled:0.03" };
    private readonly Option<int> batch = new("--image-batch") { Description = "Images: pictures in a batch.", DefaultValueFactory = _ => 64 };

    public IReadOnlyList<Option> Options => [mnist, cifar, denseSteps, pruneSteps, penalty, batch];

    public bool IsWanted(ParseResult parsed) => parsed.GetValue(mnist) is not null || parsed.GetValue(cifar) is not null;

    public Action<CancellationToken> Prepare(ParseResult parsed, PruningSetting setting)
    {
        var steps = setting.Quick ? new ImagePruningSteps(10, 5, 5) : new ImagePruningSteps(parsed.GetValue(denseSteps), parsed.GetValue(pruneSteps), parsed.GetValue(pruneSteps));
        steps = steps with { Lasso = PenaltyText.Parse(parsed.GetRequiredValue(penalty)) };
        if (steps.Dense < 1 || steps.Before < 1)
            throw new NestorException($"{steps.Dense} steps of the dense models and {steps.Before} before and after a cut were asked for; at least 1 of each is wanted.");
        var training = new TrainingOptions { BatchSize = parsed.GetValue(batch), WindowLength = 1, FinalLearningRateShare = 0.01, CheckpointEvery = 200, Steps = steps.Dense, WarmUpSteps = Math.Min(100, steps.Dense / 10) };
        training.Validate();
        List<Func<CancellationToken, IEnumerable<ImagePruningData>>> experiments = [];
        if (parsed.GetValue(mnist) is { } mnistPath)
            experiments.Add(Prepare("MNIST", mnistPath, "mnist", patch: 7, new ImageRegularization { Crop = 2 }, training, steps, setting));
        if (parsed.GetValue(cifar) is { } cifarPath)
            experiments.Add(Prepare(File.Exists(cifarPath) ? "CIFAR-10-JPEG" : "CIFAR-10", cifarPath, "cifar10", patch: 8, new ImageRegularization { Crop = 4, Flip = true }, training, steps, setting));
        return cancellation =>
        {
            var report = new PruningImagesReport { Setting = setting, Steps = steps, Training = training, Results = [] };
            foreach (var experiment in experiments)
            {
                var others = report.Results;
                foreach (var soFar in experiment(cancellation))
                {
                    report = report with { Results = [.. others, soFar] };
                    report.Write();
                    AnsiConsole.Console.WriteLine($"written: {Path.Combine(setting.Output, PruningImagesReport.File)}");
                }
            }
        };
    }

    /// <summary>Opens a data set; the experiment then gives what is known after each model.</summary>
    private static Func<CancellationToken, IEnumerable<ImagePruningData>> Prepare(string title, string path, string name, int patch, ImageRegularization regularization, TrainingOptions training, ImagePruningSteps steps, PruningSetting setting)
    {
        var images = ImageSources.Open(path, ImageSplit.Train);
        var vision = VisionShape.For(images, VisionPresets.Get("vit-nano") with { PatchSize = patch, Granularities = [] });
        vision.Validate();
        var convolution = new ConvolutionConfig
        {
            ImageSize = vision.ImageSize,
            Channels = vision.Channels,
            FullWidths = new WidthPlan(16, 32, 64),
            Classes = vision.Classes,
            Labels = vision.Labels,
            Mean = vision.Mean,
            StandardDeviation = vision.StandardDeviation,
        };
        convolution.Validate();
        var held = ImageSources.Open(path, ImageSplit.Test, vision.ImageSize, vision.Channels);
        if (setting.Quick)
            held = held.Take(QuickImages);
        var work = Path.Combine(setting.Work, setting.Quick ? "images-quick" : "images", name);
        return Run;

        IEnumerable<ImagePruningData> Run(CancellationToken cancellation)
        {
            var soFar = new ImagePruningData(title, name, images.Count, held.Count, [
                new ImagePruningExperiment<ConvolutionNet>(ImageSubject.Of(convolution, CPU), images, held, regularization, training with { LearningRate = 1e-2 }, steps, Path.Combine(work, "convolution"), cancellation).Run()]);
            yield return soFar;
            yield return soFar with
            {
                Models = [.. soFar.Models, new ImagePruningExperiment<MatVit>(ImageSubject.Of(vision, CPU), images, held, regularization, training with { LearningRate = 2e-3 }, steps, Path.Combine(work, "matvit"), cancellation).Run()],
            };
        }
    }
}
