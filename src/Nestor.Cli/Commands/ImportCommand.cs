using System.CommandLine;
using Nestor.Formats;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor import FILE --tokenizer FILE --out DIR</c>: makes a model folder of another project's files.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("FILE") { Description = "A llama2.c model, version 0 (.bin)." };
        var tokenizer = new Option<string>("--tokenizer") { Description = "Its llama2.c tokenizer (.bin).", Required = true };
        var output = Arguments.Out("Folder for the model.");
        var command = new Command("import", "Make a model folder of a llama2.c model and its tokenizer.") { model, tokenizer, output };
        command.SetAction(parsed =>
        {
            Llama2cCheckpoint.Import(parsed.GetRequiredValue(model), parsed.GetRequiredValue(tokenizer), parsed.GetRequiredValue(output));
            Console.WriteLine($"written to {parsed.GetRequiredValue(output)}");
        });
        return command;
    }
}
