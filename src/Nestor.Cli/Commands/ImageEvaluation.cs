using System.Text.Json;
using Nestor.Cli.Terminal;
using Nestor.Images;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;
using Nestor.Training.Evaluation;
using Nestor.Training.Vision;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor eval MODEL --images PATH</c>: the accuracy on images at every granularity and given plans.</summary>
internal static class ImageEvaluation
{
    public static void Run(string folder, string? images, string[] plans, string device, bool json, CancellationToken cancellation)
    {
        if (images is null)
            throw new NestorException($"'{folder}' is a vision model; give --images to measure it on.");
        using var checkpoint = VisionCheckpoint.Open(folder);
        var config = checkpoint.Config;
        var wanted = MeasuredPlans.Of(config, plans);
        var set = ImageSources.Open(images, ImageSplit.Test, config.ImageSize, config.Channels);
        using var model = MatVit.Load(checkpoint, TorchRuntime.DeviceFor(device));
        var evaluation = new AccuracyEvaluation(model, set);
        var accuracies = wanted.Select(plan => evaluation.Measure(plan, cancellation)).ToList();
        if (json)
            WriteJson(accuracies, config);
        else
            AnsiConsole.Console.Write(AccuracyTable.Of(accuracies, config));
    }

    private static void WriteJson(List<MeasuredAccuracy> accuracies, VisionConfig config)
    {
        var rows = accuracies.Select(measured => new
        {
            plan = WidthPlanText.Print(measured.Plan, config.Granularities),
            parameters = VisionParameterCount.Of(config, measured.Plan).Total,
            accuracy = measured.Accuracy,
            standard_error = measured.StandardError,
            nats_per_image = measured.NatsPerImage,
            images = measured.Images,
        });
        Console.WriteLine(JsonSerializer.Serialize(rows, new JsonSerializerOptions { WriteIndented = true }));
    }
}
