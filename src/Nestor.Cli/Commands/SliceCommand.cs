using System.CommandLine;
using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor slice MODEL --plan P --out DIR</c>: writes the smaller model as a folder of its own.</summary>
internal static class SliceCommand
{
    public static Command Create()
    {
        var (model, plan, output) = (Arguments.Model(), Arguments.Plan(), Arguments.Out("Folder for the slice."));
        var command = new Command("slice", "Cut a smaller model out of a nested one.") { model, plan, output };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetRequiredValue(plan), parsed.GetRequiredValue(output)));
        return command;
    }

    private static void Run(string folder, string planText, string output)
    {
        using var checkpoint = Checkpoint.Open(folder);
        var plan = WidthPlanText.Parse(planText, checkpoint.Config);
        var (whole, part) = (ParameterCount.Of(checkpoint.Config, checkpoint.Config.FullWidths), ParameterCount.Of(checkpoint.Config, plan));
        Console.WriteLine($"{WidthPlanText.Print(plan, checkpoint.Config.Granularities)}: {part.Total:N0} of {whole.Total:N0} parameters ({part.NonEmbedding:N0} of {whole.NonEmbedding:N0} without embeddings)");
        checkpoint.Slice(plan).Save(output);
        Console.WriteLine($"written to {output}");
    }
}
