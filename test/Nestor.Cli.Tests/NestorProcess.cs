using System.Diagnostics;

namespace Nestor.Cli.Tests;

/// <summary>What a run of the tool printed, and how it ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Errors)
{
    public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The real tool in a process of its own.</summary>
internal static class NestorProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Outcome Run(params string[] arguments)
    {
        using var process = Start(arguments);
        return Finish(process);
    }

    public static Process Start(params string[] arguments) => StartIn(AppContext.BaseDirectory, arguments);

    /// <summary>Starts the copy of the tool that lies in a folder.</summary>
    public static Process StartIn(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(folder, "Nestor.Cli.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    public static Outcome Finish(Process process)
    {
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"The tool did not end within {Patience}.");
        }

        return new Outcome(process.ExitCode, output, errors.Result);
    }
}
