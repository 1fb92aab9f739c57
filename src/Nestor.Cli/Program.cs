using System.CommandLine;
using Nestor.Cli.Commands;

namespace Nestor.Cli;

/// <summary>The tool <c>nestor</c>. Exit codes: 0 done, 1 failed, 2 wrong use, 130 stopped.</summary>
internal static class Program
{
    /// <summary>Exit code of a run that Ctrl-C stopped: 128 and the number of the signal.</summary>
    public const int Stopped = 130;

    private const int Failed = 1, WrongUse = 2;

    public static async Task<int> Main(string[] arguments)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Show where an error came from.", Recursive = true };
        var root = new RootCommand("Nestor trains one model and deploys any size of it.")
        {
            verbose,
            QuickstartCommand.Create(),
            TrainCommand.Create(),
            EvalCommand.Create(),
            GenerateCommand.Create(),
            SliceCommand.Create(),
            ImportCommand.Create(),
            ReproduceCommand.Create(),
        };

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                Console.Error.WriteLine($"nestor: {error.Message}");
            Console.Error.WriteLine($"Try: nestor {string.Join(' ', parsed.CommandResult.Command is RootCommand ? [] : new[] { parsed.CommandResult.Command.Name })} --help".Replace("  ", " ", StringComparison.Ordinal));
            return WrongUse;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromMinutes(5), // A checkpoint of a large model takes its time.
            });
        }
        catch (NestorException error)
        {
            Console.Error.WriteLine(parsed.GetValue(verbose) ? $"nestor: {error}" : $"nestor: {error.Message}");
            return Failed;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("nestor: stopped.");
            return Stopped;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(parsed.GetValue(verbose) ? $"nestor: {error}" : $"nestor: an error in Nestor itself: {error.Message.ReplaceLineEndings(" ")} (--verbose shows where)");
            return Failed;
        }
    }
}
