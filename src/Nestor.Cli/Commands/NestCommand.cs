using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Terminal;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor nest MODEL --text PATH --steps N --out DIR</c>: makes a dense model sliceable.</summary>
internal static class NestCommand
{
    public static Command Create()
    {
        var tuning = new TuningArguments();
        var (model, text, images) = (Arguments.Model(), Arguments.Text(), ImageArguments.Images());
        var granularities = new Option<string?>("--granularities") { Description = "Widths to train at, such as 128,256,512; without it an eighth, a quarter, a half and all: S, M, L and XL." };
        var importance = new Option<string>("--importance") { Description = "What the neurons are sorted by: activation, taylor, norm or random.", DefaultValueFactory = _ => "activation" };
        var lasso = new Option<string?>("--lasso") { Description = "A group lasso before sorting: coupled:L, decoupled:L or proximal:L." };
        var lassoSteps = new Option<long>("--lasso-steps") { Description = "Its steps.", DefaultValueFactory = _ => 400 };
        var steps = new Option<long>("--steps") { Description = "Nested steps; 0 for sorting only.", DefaultValueFactory = _ => 1000 };
        var dataShare = new Option<double>("--data-share") { Description = "Weight of the data in the loss; the dense model has the rest.", DefaultValueFactory = _ => 0.5 };
        var between = new Option<int?>("--between") { Description = "Granularities per step beside the narrowest and the widest; without it all." };
        var calibration = new Option<int>("--calibration") { Description = "Small batches that importance is measured on.", DefaultValueFactory = _ => 64 };
        var output = Arguments.Out("Folder for the nested model and its runs.");
        var resume = new Option<bool>("--resume") { Description = "Go on with what was stopped in the folder." };
        var (json, device) = (Arguments.Json(), Arguments.Device());
        var command = new Command("nest", "Make a dense model sliceable: sort its neurons, then train its prefixes with the model itself as teacher.") { model, text, images, granularities, importance, lasso, lassoSteps, steps, dataShare, between, calibration, output, resume, json, device };
        tuning.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(text) is not null && result.GetValue(images) is not null)
                result.AddError("Option '--images' is for vision models, '--text' for language models; give one of them.");
        });
        command.SetAction((parsed, cancellation) =>
        {
            var (folder, target) = (parsed.GetRequiredValue(model), parsed.GetRequiredValue(output));
            var penalty = parsed.GetValue(lasso) is { } given ? PenaltyText.Parse(given) : null;
            var nesting = new Nesting
            {
                Granularities = parsed.GetValue(granularities),
                Importance = ImportanceText.Parse(parsed.GetRequiredValue(importance)),
                Objective = new DistillationObjective(parsed.GetValue(dataShare), parsed.GetValue(between)),
                Settings = new PruningSettings { Penalty = penalty, Steps = penalty is null ? 0 : parsed.GetValue(lassoSteps), FineTuneSteps = parsed.GetValue(steps) },
                Output = target,
                Resume = parsed.GetValue(resume),
                Json = parsed.GetValue(json),
                Console = parsed.GetValue(json) ? ErrorConsole.Create() : AnsiConsole.Console,
            };
            nesting.Check(folder);
            var torchDevice = TorchRuntime.DeviceFor(parsed.GetRequiredValue(device));
            var batches = parsed.GetValue(calibration);
            if (VisionCheckpoint.IsIn(folder))
            {
                using var changed = ChangedModels.OnImages(parsed, tuning, folder, parsed.GetValue(images), batches, heads: null, torchDevice);
                return Task.FromResult(nesting.Run(changed, cancellation));
            }
            else
            {
                if (parsed.GetValue(images) is not null)
                {
                    using var checkpoint = Checkpoint.Open(folder);
                    throw new NestorException($"'{checkpoint.Folder}' is a language model; leave --images out.");
                }

                using var changed = ChangedModels.OnText(parsed, nesting.Console, tuning, folder, parsed.GetValue(text), batches, heads: null, torchDevice);
                return Task.FromResult(nesting.Run(changed, cancellation));
            }
        });
        return command;
    }

    /// <summary>Reads widths, named by themselves, or makes the paper's.</summary>
    /// <exception cref="NestorException">The text is not a list of rising widths that the model has.</exception>
    public static IReadOnlyList<Granularity> Granularities(string? text, INestedConfig config)
    {
        if (!config.FullWidths.IsUniform)
            throw new NestorException($"The layers of the model have unequal widths ({config.FullWidths}), so one width does not mean the same in each; nest the model it was cut from.");
        if (text is null)
            return Granularity.Paper(config.FullWidths.Widest);
        var widths = text.Split(',', StringSplitOptions.TrimEntries).Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            ? width
            : throw new NestorException($"'{part}' in the granularities '{text}' is not a width; write them like 128,256,512.")).ToList();
        if (widths[^1] != config.FullWidths.Widest)
            throw new NestorException($"The last granularity is {widths[^1]} and must be the whole width of the model, {config.FullWidths.Widest}.");
        return [.. widths.Select(width => new Granularity(string.Create(CultureInfo.InvariantCulture, $"w{width}"), width))];
    }
}
