using System.CommandLine;
using Nestor.Formats;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor import FILE --out DIR</c>: makes a model folder of another project's files.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("FILE") { Description = "A GGUF model (.gguf), or a llama2.c model, version 0." };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "Of a llama2.c model, its tokenizer (.bin); of a GGUF model, a tokenizer.json to use instead of the file's own." };
        var output = Arguments.Out("Folder for the model.");
        var force = new Option<bool>("--force") { Description = "Replace a model that is in the folder." };
        var command = new Command("import", "Make a model folder of a GGUF file, or of a llama2.c model and its tokenizer.") { model, tokenizer, output, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(model) is { } file && !IsGguf(file) && result.GetResult(tokenizer) is null)
                result.AddError($"'{file}' is no .gguf file; for a llama2.c model, give its tokenizer with '--tokenizer'.");
        });
        command.SetAction(parsed =>
        {
            var (file, folder) = (parsed.GetRequiredValue(model), parsed.GetRequiredValue(output));
            if (IsGguf(file))
                GgufImport.Import(file, folder, parsed.GetValue(tokenizer), parsed.GetValue(force));
            else
                Llama2cCheckpoint.Import(file, parsed.GetRequiredValue(tokenizer)!, folder, parsed.GetValue(force));
            Console.WriteLine($"written to {folder}");
        });
        return command;
    }

    private static bool IsGguf(string file) => Path.GetExtension(file).Equals(".gguf", StringComparison.OrdinalIgnoreCase);
}
