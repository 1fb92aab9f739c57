using System.CommandLine;
using Nestor.Formats;
using Nestor.Formats.Onnx;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor export MODEL --gguf FILE --type T</c> or <c>--onnx FILE</c>: writes a model at a plan for another project's programs.</summary>
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
        var gguf = new Option<string?>("--gguf") { Description = "The GGUF file to write, for llama.cpp." };
        var type = new Option<string?>("--type") { Description = $"GGUF: type of the matrices, {string.Join(", ", Types.Keys)}; f32 if not given." };
        var embedding = new Option<string?>("--embedding-type") { Description = "GGUF: type of the embedding and the head; without it that of the matrices, but q8_0 with q4_0." };
        var onnx = new Option<string?>("--onnx") { Description = "The ONNX file to write, for ONNX Runtime." };
        var cache = new Option<bool>("--cache") { Description = "ONNX: with past keys and values as inputs and outputs, to write text token by token." };
        var external = new Option<bool>("--external-data") { Description = "ONNX: put the weights into FILE.data, as is done above 2 GB." };
        var force = new Option<bool>("--force") { Description = "Replace files that exist." };
        foreach (var option in (Option[])[type, embedding])
            option.Validators.Add(result => CheckType(result, option.Name));
        var command = new Command("export", "Write a model at a plan as a GGUF file for llama.cpp or an ONNX file for ONNX Runtime.") { model, gguf, type, embedding, onnx, cache, external, plan, force };
        command.Validators.Add(result =>
        {
            var (forGguf, forOnnx) = (result.GetResult(gguf) is not null, result.GetResult(onnx) is not null);
            if (forGguf == forOnnx)
                result.AddError(forGguf ? "Options '--gguf' and '--onnx' exclude each other; export twice." : "Give '--gguf FILE' or '--onnx FILE'.");
            foreach (var option in (Option[])(forGguf ? [cache, external] : [type, embedding]))
            {
                if (forGguf != forOnnx && result.GetResult(option) is { Implicit: false })
                    result.AddError($"Option '{option.Name}' has no meaning for {(forGguf ? "GGUF" : "ONNX")}; leave it out.");
            }
        });
        command.SetAction(parsed =>
        {
            var (folder, planText) = (parsed.GetRequiredValue(model), parsed.GetRequiredValue(plan));
            var forOnnx = new OnnxExportOptions { Cache = parsed.GetValue(cache), ExternalData = parsed.GetValue(external), Overwrite = parsed.GetValue(force) };
            var forGguf = new GgufExportOptions { Type = Type(parsed.GetValue(type)) ?? GgufType.F32, EmbeddingType = Type(parsed.GetValue(embedding)), Overwrite = parsed.GetValue(force) };
            var file = parsed.GetValue(gguf) ?? parsed.GetRequiredValue(onnx)!;
            if (VisionCheckpoint.IsIn(folder))
                WriteVision(folder, planText, file, parsed.GetValue(gguf) is null ? forOnnx : throw new NestorException($"The model '{folder}' reads pictures, and llama.cpp does not run it; export it with --onnx."));
            else
                WriteText(folder, planText, file, parsed.GetValue(gguf) is null ? null : forGguf, forOnnx);
            Console.WriteLine($"written to {file}");
        });
        return command;
    }

    private static void WriteText(string folder, string planText, string file, GgufExportOptions? forGguf, OnnxExportOptions forOnnx)
    {
        using var checkpoint = Checkpoint.Open(folder);
        var widths = WidthPlanText.Parse(planText, checkpoint.Config);
        if (forGguf is not null)
            GgufExport.Write(checkpoint, file, forGguf with { Plan = widths });
        else
            OnnxExport.Write(checkpoint, file, forOnnx with { Plan = widths });
    }

    private static void WriteVision(string folder, string planText, string file, OnnxExportOptions options)
    {
        using var checkpoint = VisionCheckpoint.Open(folder);
        OnnxExport.Write(checkpoint, file, options with { Plan = WidthPlanText.Parse(planText, checkpoint.Config) });
    }

    private static GgufType? Type(string? name) => name is null ? null : Types[name];

    private static void CheckType(System.CommandLine.Parsing.OptionResult result, string name)
    {
        if (result.Tokens is [var token] && !Types.ContainsKey(token.Value))
            result.AddError($"Option '{name}' is '{token.Value}'; choose one of {string.Join(", ", Types.Keys)}.");
    }
}
