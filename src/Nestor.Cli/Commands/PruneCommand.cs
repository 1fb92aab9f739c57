using System.CommandLine;
using Nestor.Cli.Terminal;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;
using Nestor.Training.Pruning;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor prune MODEL --text PATH --budget 60% --out DIR</c>: shows what a smaller model keeps, then cuts it, with or without training around the cut.</summary>
internal static class PruneCommand
{
    private const long StandardSteps = 400;

    public static Command Create()
    {
        var tuning = new TuningArguments();
        var (model, text, images) = (Arguments.Model(), Arguments.Text(), ImageArguments.Images());
        var budget = new Option<string?>("--budget") { Description = "The most it may cost: 60% or 30M of parameters, or 100MB of weights in the type the model has." };
        var plan = new Option<string?>("--plan") { Description = "The widths themselves: 50%, 512, or one per layer such as 256*2,512*4." };
        var find = new Option<bool>("--find") { Description = "Cut each layer at the largest gap of its scores; layers without a gap stay whole. For models trained with a group lasso, or with a penalty as --method." };
        var heads = new Option<int?>("--heads") { Description = "Key-value heads of each layer to keep, with their query heads; without it all." };
        var method = new Option<string>("--method") { Description = "one-shot; decay, which trains the neurons that go to zero; or a penalty: coupled:L, decoupled:L, proximal:L.", DefaultValueFactory = _ => "one-shot" };
        var importance = new Option<string?>("--importance") { Description = "activation, taylor, norm or random; without it norm after a penalty or decay, else activation." };
        var steps = new Option<long?>("--steps") { Description = $"Steps before the cut; without it {StandardSteps} with a penalty or decay, else none." };
        var tune = new Option<long>("--fine-tune") { Description = "Steps after the cut." };
        var distill = new Option<bool>("--distill") { Description = "Learn also from the model as it was, in the steps after the cut." };
        var multiple = new Option<int>("--multiple") { Description = "Round widths up to a multiple of this; the engine's tiles are of 64 and 32, a quantised block is 32.", DefaultValueFactory = _ => 32 };
        var calibration = new Option<int>("--calibration") { Description = "Small batches that importance is measured on.", DefaultValueFactory = _ => 64 };
        var output = new Option<string?>("--out") { Description = "Folder for the pruned model, and for its runs where it is trained." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would be cut from the model as it is." };
        var resume = new Option<bool>("--resume") { Description = "Go on with what was stopped in the folder." };
        var (json, device) = (Arguments.Json(), Arguments.Device());
        var command = new Command("prune", "Find out which neurons a model needs least, show it, and cut them.") { model, text, images, budget, plan, find, heads, method, importance, steps, tune, distill, multiple, calibration, output, dryRun, resume, json, device };
        tuning.AddTo(command);
        command.Validators.Add(result =>
        {
            var sizes = (result.GetValue(budget) is null ? 0 : 1) + (result.GetValue(plan) is null ? 0 : 1) + (result.GetValue(find) ? 1 : 0);
            if (sizes != 1)
                result.AddError("Give one of '--budget', '--plan' and '--find' to say how small the model shall be.");
            if (string.IsNullOrWhiteSpace(result.GetValue(output)) != result.GetValue(dryRun))
                result.AddError(result.GetValue(dryRun) ? "Option '--dry-run' writes nothing; leave out '--out'." : "Option '--out' is missing; give a folder, or '--dry-run' to see the plan only.");
            if (result.GetValue(find) && result.GetValue(method) == "decay")
                result.AddError("Option '--method decay' needs to know the size; give '--budget' or '--plan' in place of '--find'.");
            if (result.GetValue(text) is not null && result.GetValue(images) is not null)
                result.AddError("Option '--images' is for vision models, '--text' for language models; give one of them.");
        });
        command.SetAction((parsed, cancellation) =>
        {
            var (folder, how, target) = (parsed.GetRequiredValue(model), parsed.GetRequiredValue(method), parsed.GetValue(output));
            var trained = how is not "one-shot";
            var score = ImportanceText.Parse(parsed.GetValue(importance) ?? (trained ? "norm" : "activation"));
            var penalty = how is "one-shot" or "decay" ? null : PenaltyText.Parse(how);
            var pruning = new Pruning
            {
                Request = new PruneRequest
                {
                    Budget = parsed.GetValue(budget) is { } most ? Budget.Parse(most) : null,
                    Plan = parsed.GetValue(plan),
                    Find = parsed.GetValue(find),
                    Multiple = parsed.GetValue(multiple),
                    Importance = score,
                    AreComparable = penalty is not null && score is GroupNorm,
                },
                Settings = new PruningSettings
                {
                    Penalty = penalty,
                    Steps = parsed.GetValue(steps) ?? (trained ? StandardSteps : 0),
                    FineTuneSteps = parsed.GetValue(tune),
                    Distill = parsed.GetValue(distill),
                },
                Decays = how == "decay",
                Output = target,
                Resume = parsed.GetValue(resume),
                Json = parsed.GetValue(json),
                Console = parsed.GetValue(json) ? ErrorConsole.Create() : AnsiConsole.Console,
            };
            pruning.Check(folder);
            var torchDevice = TorchRuntime.DeviceFor(parsed.GetRequiredValue(device));
            var batches = parsed.GetValue(calibration);
            if (VisionCheckpoint.IsIn(folder))
            {
                using var changed = ChangedModels.OnImages(parsed, tuning, folder, parsed.GetValue(images), batches, parsed.GetValue(heads), torchDevice);
                return Task.FromResult(pruning.Run(changed, cancellation));
            }
            else
            {
                if (parsed.GetValue(images) is not null)
                {
                    using var checkpoint = Checkpoint.Open(folder);
                    throw new NestorException($"'{checkpoint.Folder}' is a language model; leave --images out.");
                }

                using var changed = ChangedModels.OnText(parsed, pruning.Console, tuning, folder, parsed.GetValue(text), batches, parsed.GetValue(heads), torchDevice);
                return Task.FromResult(pruning.Run(changed, cancellation));
            }
        });
        return command;
    }
}
