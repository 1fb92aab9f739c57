using System.CommandLine;
using Nestor.Cli.Terminal;
using Nestor.Training;
using Nestor.Training.Optimization;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor train --out DIR</c>: trains a nested model, or goes on with a run that was stopped.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var training = new TrainingArguments();
        var text = Arguments.Text();
        var tokenizer = new Option<string?>("--tokenizer") { Description = "A tokenizer.json to use; without it, one is trained on the text." };
        var vocabulary = Arguments.Vocabulary();
        var output = Arguments.Out("Folder of the run: corpus, metrics, checkpoints, and the model when it is done.");
        var device = Arguments.Device();
        var resume = new Option<bool>("--resume") { Description = "Go on from the newest checkpoint in the folder." };
        var command = new Command("train", "Train a nested model: every granularity in one run.") { output, text, tokenizer, vocabulary, device, resume };
        training.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(parsed, training, parsed.GetRequiredValue(output), parsed.GetValue(text), parsed.GetValue(tokenizer), parsed.GetValue(vocabulary), parsed.GetRequiredValue(device), parsed.GetValue(resume), cancellation)));
        return command;
    }

    private static int Run(ParseResult parsed, TrainingArguments training, string folder, string? textPath, string? tokenizerPath, int? vocabulary, string deviceName, bool resume, CancellationToken cancellation)
    {
        var console = AnsiConsole.Console;
        var device = TorchRuntime.DeviceFor(deviceName);
        var shape = training.Config(parsed);
        var options = training.Options(parsed, shape, device);
        options.Validate();
        if (!resume && HoldsRun(folder))
            throw new NestorException($"The folder '{folder}' holds a run already; add --resume to go on with it, or choose another folder, or delete that one first.");
        using var data = CorpusPreparation.Make(console, folder, TextSources.Open(textPath), vocabulary ?? shape.VocabularySize, tokenizerPath, resume, cancellation);
        var config = data.Fit(shape);
        using var run = TrainingRun.Open(folder, config, data.Tokenizer, data.Corpus, options, resume, device);
        if (run.Step > 0)
            console.WriteLine($"going on after step {run.Step}");
        var done = TrainingDisplay.Show(console, config.Granularities, options.Steps, progress => run.Execute(progress, cancellation));
        if (done)
        {
            console.WriteLine($"the model is in {folder}");
            return 0;
        }

        Console.Error.WriteLine($"nestor: stopped after step {run.Step}; the same command with --resume goes on.");
        return Program.Stopped;
    }

    private static bool HoldsRun(string folder) => TrainingCheckpoint.Newest(folder) is not null || File.Exists(Path.Combine(folder, "config.json"));
}
