using System.CommandLine;
using System.Runtime.InteropServices;
using Nestor.Cli.Commands;
using Nestor.Cli.Terminal;
using Spectre.Console;

namespace Nestor.Cli;

/// <summary>The tool <c>nestor</c>. Exit codes: 0 done, 1 failed, 2 wrong use, 130 stopped.</summary>
internal static class Program
{
    /// <summary>Exit code of a run that Ctrl-C stopped: 128 and the number of the signal.</summary>
    public const int Stopped = 130;

    private const int Failed = 1, WrongUse = 2;

    /// <summary>Columns when piped: no line of data is broken.</summary>
    private const int Unwrapped = 10_000;

    /// <summary>How libtorch says that a processor or a GPU has no memory left; it has no exception of its own for it.</summary>
    private static readonly string[] LibtorchWords = ["can't allocate memory", "out of memory"];

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
            ProfileCommand.Create(),
            PlanCommand.Create(),
            PruneCommand.Create(),
            NestCommand.Create(),
            QuantizeCommand.Create(),
            BenchCommand.Create(),
            ExportCommand.Create(),
            ImportCommand.Create(),
            IndexCommand.Create(),
            SenseCommand.Create(),
            RobustCommand.Create(),
            ReproduceCommand.Create(),
        };

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            UsageErrors.Write(parsed, Console.Error);
            return WrongUse;
        }

        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = Unwrapped;

        try
        {
            using var interruption = new Interruption();
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("nestor: stopped.");
            return Stopped;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(parsed.GetValue(verbose) ? $"nestor: {error}" : $"nestor: {Explain(error)}");
            return Failed;
        }
    }

    private static string Explain(Exception error) => error switch
    {
        NestorException => error.Message.ReplaceLineEndings(" "),
        _ when IsOutOfMemory(error) => "There is not enough memory; choose a smaller batch, window or model.",
        IOException => $"Something could not be read or written: {error.Message.ReplaceLineEndings(" ")} (--verbose shows where)",
        _ => $"an error in Nestor itself: {error.Message.ReplaceLineEndings(" ")} (--verbose shows where)",
    };

    private static bool IsOutOfMemory(Exception error) =>
        error is OutOfMemoryException || (error is ExternalException && LibtorchWords.Any(words => error.Message.Contains(words, StringComparison.Ordinal)));
}
