using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Terminal;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;
using Nestor.Training.Data.Images;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Vision;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor train --out DIR</c>: trains a nested model, or goes on with a run that was stopped.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var (training, images) = (new TrainingArguments(), new ImageArguments());
        var text = Arguments.Text();
        var tokenizer = new Option<string?>("--tokenizer") { Description = "A tokenizer.json to use; without it, one is trained on the text." };
        var vocabulary = Arguments.Vocabulary();
        var output = Arguments.Out("Folder of the run: corpus, metrics, checkpoints, and the model when it is done.");
        var device = Arguments.Device();
        var resume = new Option<bool>("--resume") { Description = "Go on from the newest checkpoint in the folder." };
        var command = new Command("train", "Train a nested model: every granularity in one run.") { output, text, tokenizer, vocabulary, device, resume };
        training.AddTo(command);
        images.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(
            images.Path(parsed) is null
                ? RunOnText(parsed, training, parsed.GetRequiredValue(output), parsed.GetValue(text), parsed.GetValue(tokenizer), parsed.GetValue(vocabulary), parsed.GetRequiredValue(device), parsed.GetValue(resume), cancellation)
                : RunOnImages(parsed, training, images, parsed.GetRequiredValue(output), parsed.GetValue(text) ?? parsed.GetValue(tokenizer), parsed.GetRequiredValue(device), parsed.GetValue(resume), cancellation)));
        return command;
    }

    private static int RunOnText(ParseResult parsed, TrainingArguments training, string folder, string? textPath, string? tokenizerPath, int? vocabulary, string deviceName, bool resume, CancellationToken cancellation)
    {
        var console = AnsiConsole.Console;
        var device = TorchRuntime.DeviceFor(deviceName);
        var shape = training.Config(parsed);
        var options = training.Options(parsed, shape, device);
        options.Validate();
        ThrowIfTaken(folder, resume);
        using var data = CorpusPreparation.Make(console, folder, TextSources.Open(textPath), vocabulary ?? shape.VocabularySize, tokenizerPath, resume, cancellation);
        var config = data.Fit(shape);
        using var run = TrainingRun.Open(folder, config, data.Tokenizer, data.Corpus, options, resume, device);
        return Execute(console, run, folder, config, options, "tokens", cancellation);
    }

    private static int RunOnImages(ParseResult parsed, TrainingArguments training, ImageArguments images, string folder, string? textOption, string deviceName, bool resume, CancellationToken cancellation)
    {
        if (textOption is not null)
            throw new NestorException($"'{textOption}' was given beside --images; a model learns either from text or from images, so leave one out.");
        var console = AnsiConsole.Console;
        var device = TorchRuntime.DeviceFor(deviceName);
        var preset = training.VisionConfig(parsed);
        var options = training.VisionOptions(parsed, device);
        options.Validate();
        var regularization = images.Regularization(parsed);
        ThrowIfTaken(folder, resume);
        var set = images.Open(parsed);
        var config = images.Fit(parsed, preset, set);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{set.Count:N0} images of {set.Shape} in {set.Classes.Count} classes; {VisionParameterCount.Of(config, config.FullWidths).Total:N0} parameters"));
        var batches = new ImageBatches(set, regularization, config, options);
        using var run = TrainingRun.Open(folder, () => MatVit.Create(config, (ulong)options.Seed, device), batches, options, resume);
        return Execute(console, run, folder, config, options, "images", cancellation);
    }

    private static int Execute<TModel>(IAnsiConsole console, TrainingRun<TModel> run, string folder, INestedConfig config, TrainingOptions options, string unit, CancellationToken cancellation)
        where TModel : INestedModel
    {
        if (run.Step > 0)
            console.WriteLine($"going on after step {run.Step}");
        var done = TrainingDisplay.Show(console, config.Granularities, options.Steps, progress => run.Execute(progress, cancellation), unit);
        if (done)
        {
            console.WriteLine($"the model is in {folder}");
            return 0;
        }

        Console.Error.WriteLine($"nestor: stopped after step {run.Step}; the same command with --resume goes on.");
        return Program.Stopped;
    }

    internal static void ThrowIfTaken(string folder, bool resume)
    {
        if (!resume && HoldsRun(folder))
            throw new NestorException($"The folder '{folder}' holds a run already; add --resume to go on with it, or choose another folder, or delete that one first.");
    }

    private static bool HoldsRun(string folder) => TrainingCheckpoint.Newest(folder) is not null || File.Exists(Path.Combine(folder, "config.json"));
}
