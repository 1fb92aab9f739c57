using System.CommandLine;
using Nestor.Cli.Terminal;
using Nestor.Models;
using Nestor.Models.Gemma3n;
using Nestor.Models.Vision;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor slice MODEL --plan P --out DIR</c>: writes the smaller model as a folder of its own.</summary>
internal static class SliceCommand
{
    public static Command Create()
    {
        var (model, plan, output) = (Arguments.Model(), Arguments.Plan(), Arguments.Out("Folder for the slice."));
        var force = new Option<bool>("--force") { Description = "Replace the model in a folder that is not empty." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would be written." };
        var config = new Option<string?>("--config") { Description = "Gemma 3n: a published configuration, such as \"Config for E2.98B (block-level)\"." };
        var configs = new Option<string?>("--configs") { Description = "Gemma 3n: a CSV file of configurations to use in place of the published ones." };
        var skip = new Option<string?>("--skip") { Description = "Gemma 3n: layers to leave out, such as 20-24; --plan is then for those that stay." };
        var shardSize = new Option<string?>("--shard-size") { Description = "Gemma 3n: most bytes of weights in one file; 4GB if not given." };
        shardSize.Validators.Add(result =>
        {
            if (result.GetValue(shardSize) is { } text && ByteSize.Parse(text) is null)
                result.AddError($"Option '--shard-size' is '{text}'; give a size such as 4GB or 500MB.");
        });
        Option[] gemmaOnly = [config, configs, skip, shardSize];
        var command = new Command("slice", "Cut a smaller model out of a nested one.") { model, plan, output, force, dryRun, config, configs, skip, shardSize };
        command.Validators.Add(result =>
        {
            bool Given(Option option) => result.GetResult(option) is { Implicit: false };

            if (Given(config) && (Given(plan) || Given(skip)))
                result.AddError("Option '--config' is a whole plan; leave out '--plan' and '--skip'.");
            if (Given(configs) && !Given(config))
                result.AddError("Option '--configs' needs the name of a configuration, '--config'.");
        });
        command.SetAction((parsed, cancellation) =>
        {
            var (folder, target) = (parsed.GetRequiredValue(model), parsed.GetRequiredValue(output));
            if (Gemma3nCheckpoint.IsIn(folder))
            {
                var request = new Gemma3nRequest(parsed.GetRequiredValue(plan), parsed.GetValue(skip), parsed.GetValue(config), parsed.GetValue(configs));
                var options = new Gemma3nSliceOptions { Overwrite = parsed.GetValue(force) };
                if (parsed.GetValue(shardSize) is { } size)
                    options = options with { ShardBytes = ByteSize.Parse(size)!.Value };
                Gemma3nSlicing.Run(folder, request, target, options, parsed.GetValue(dryRun), cancellation);
            }
            else if (gemmaOnly.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } unused)
            {
                throw new NestorException($"{unused.Name} is for Gemma 3n models, and '{folder}' is none; leave it out.");
            }
            else if (VisionCheckpoint.IsIn(folder))
            {
                RunVision(folder, parsed.GetRequiredValue(plan), target, parsed.GetValue(force), parsed.GetValue(dryRun), cancellation);
            }
            else
            {
                Run(folder, parsed.GetRequiredValue(plan), target, parsed.GetValue(force), parsed.GetValue(dryRun), cancellation);
            }

            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(string folder, string planText, string output, bool force, bool dryRun, CancellationToken cancellation)
    {
        using var checkpoint = Checkpoint.Open(folder);
        var plan = WidthPlanText.Parse(planText, checkpoint.Config);
        var slice = checkpoint.Slice(plan);
        var (whole, part) = (ParameterCount.Of(checkpoint.Config, checkpoint.Config.FullWidths), ParameterCount.Of(checkpoint.Config, plan));
        Console.WriteLine($"{WidthPlanText.Print(plan, checkpoint.Config.Granularities)}: {part.Total:N0} of {whole.Total:N0} parameters ({part.NonEmbedding:N0} of {whole.NonEmbedding:N0} without embeddings)");
        if (dryRun)
            return;
        slice.Save(output, force, cancellation);
        Console.WriteLine($"written to {output}");
    }

    private static void RunVision(string folder, string planText, string output, bool force, bool dryRun, CancellationToken cancellation)
    {
        using var checkpoint = VisionCheckpoint.Open(folder);
        var plan = WidthPlanText.Parse(planText, checkpoint.Config);
        var slice = checkpoint.Slice(plan);
        var (whole, part) = (VisionParameterCount.Of(checkpoint.Config, checkpoint.Config.FullWidths), VisionParameterCount.Of(checkpoint.Config, plan));
        Console.WriteLine($"{WidthPlanText.Print(plan, checkpoint.Config.Granularities)}: {part.Total:N0} of {whole.Total:N0} parameters ({part.Encoder:N0} of {whole.Encoder:N0} without the classifier)");
        if (dryRun)
            return;
        slice.Save(output, force, cancellation);
        Console.WriteLine($"written to {output}");
    }
}
