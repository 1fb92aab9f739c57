using System.Diagnostics;

namespace Nestor.Cli.Tests;

/// <summary>What a run of the tool printed, and how it ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Errors)
{
    // Warnings of libtorch itself, such as of a processor that NNPACK does not know.
    private const string LibtorchWarning = "[W";

    /// <summary>What the tool told on standard error.</summary>
    public string[] ErrorLines => [.. Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith(LibtorchWarning, StringComparison.Ordinal))];

    /// <summary>A failure is told in one line that holds <paramref name="told"/>.</summary>
    public void AssertFailed(string told)
    {
        Assert.True(ExitCode == 1, $"exit code {ExitCode}: {Errors}{Output}");
        var line = Assert.Single(ErrorLines);
        Assert.StartsWith("nestor: ", line, StringComparison.Ordinal);
        Assert.Contains(told, line, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Wrong use is told in one line that holds <paramref name="told"/>, and a hint.</summary>
    public void AssertMisused(string told)
    {
        Assert.True(ExitCode == 2, $"exit code {ExitCode}: {Errors}{Output}");
        Assert.Equal(2, ErrorLines.Length);
        Assert.StartsWith("nestor: ", ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains(told, ErrorLines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("System.", ErrorLines[0], StringComparison.Ordinal);
        Assert.Matches("^Try: nestor .*--help$", ErrorLines[1]);
    }
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
    public static Process StartIn(string folder, params string[] arguments) => Launch("dotnet", [Path.Combine(folder, "Nestor.Cli.dll"), .. arguments]);

    /// <summary>Runs the tool from a script of bash, in which <c>"$@"</c> is the tool with its arguments.</summary>
    public static Outcome RunInShell(string script, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The script is for bash on Linux.");
        using var process = Launch("bash", ["-c", script, "bash", "dotnet", Path.Combine(AppContext.BaseDirectory, "Nestor.Cli.dll"), .. arguments]);
        return Finish(process);
    }

    /// <summary>Reads what the tool prints up to a line that begins with <paramref name="start"/>.</summary>
    public static void WaitForLine(Process process, string start)
    {
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"The tool ended without a line '{start}…': {process.StandardError.ReadToEnd()}");
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

    private static Process Launch(string program, string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
