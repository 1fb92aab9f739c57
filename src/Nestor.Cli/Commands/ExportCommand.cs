using System.CommandLine;
using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor export MODEL --gguf FILE --type T</c>: writes a model at one width for another project's programs.</summary>
internal static class ExportCommand
{
    private static readonly Dictionary<string, GgufType> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        ["f32"] = GgufType.F32,
        ["f16"] = GgufType.F16,
        ["bf16"] = GgufType.BF16,
        ["q8_0"] = GgufType.Q8,
        ["q4_0"] = GgufType.Q4,
    };

    public static Command Create()
    {
        var (model, plan) = (Arguments.Model(), Arguments.Plan());
        var file = new Option<string>("--gguf") { Description = "The GGUF file to write.", Required = true };
        var type = new Option<string>("--type") { Description = $"Type of the matrices: {string.Join(", ", Types.Keys)}.", DefaultValueFactory = _ => "f32" };
        var embedding = new Option<string?>("--embedding-type") { Description = "Type of the embedding and the head; without it that of the matrices, but q8_0 with q4_0." };
        foreach (var option in (Option[])[type, embedding])
            option.Validators.Add(result => CheckType(result, option.Name));
        var command = new Command("export", "Write a model at one width as a GGUF file for llama.cpp.") { model, file, type, embedding, plan };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(model), parsed.GetRequiredValue(file), Types[parsed.GetRequiredValue(type)],
            parsed.GetValue(embedding) is { } name ? Types[name] : null, parsed.GetRequiredValue(plan)));
        return command;
    }

    private static void Run(string folder, string file, GgufType type, GgufType? embedding, string plan)
    {
        using var checkpoint = Checkpoint.Open(folder);
        GgufExport.Write(checkpoint, file, new GgufExportOptions { Type = type, EmbeddingType = embedding, Plan = WidthPlanText.Parse(plan, checkpoint.Config) });
        Console.WriteLine($"written to {file}");
    }

    private static void CheckType(System.CommandLine.Parsing.OptionResult result, string name)
    {
        if (result.Tokens is [var token] && !Types.ContainsKey(token.Value))
            result.AddError($"Option '{name}' is '{token.Value}'; choose one of {string.Join(", ", Types.Keys)}.");
    }
}
