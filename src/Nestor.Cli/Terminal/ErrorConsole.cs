using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Progress on the error stream, where data goes to the other.</summary>
internal static class ErrorConsole
{
    public static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.No });
        console.Profile.Width = AnsiConsole.Profile.Width;
        return console;
    }
}
