using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>Ctrl-C, which is SIGINT to the tool.</summary>
public sealed class InterruptionTests(TrainedModel model)
{
    [Fact]
    public void Ctrl_C_writes_a_checkpoint_and_resume_goes_on()
    {
        var run = model.Path("interrupted");
        var arguments = new[] { "--steps", "60", "--checkpoint-every", "0" };
        using (var process = NestorProcess.Start(model.Train(run, arguments)))
        {
            NestorProcess.WaitForLine(process, "step ");
            Interrupt(process);
            var stopped = NestorProcess.Finish(process);
            Assert.SkipWhen(stopped.ExitCode == 0, "The run ended before the signal came.");
            Assert.Equal(130, stopped.ExitCode);
            Assert.Contains("--resume", Assert.Single(stopped.ErrorLines), StringComparison.Ordinal);
            Assert.Single(Directory.EnumerateDirectories(run, "checkpoint-*"));
        }

        var resumed = NestorProcess.Run(model.Train(run, [.. arguments, "--resume"]));
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Contains("going on after step", resumed.Output, StringComparison.Ordinal);
        var steps = File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32());
        Assert.Equal(Enumerable.Range(1, 60), steps);
    }

    [Fact]
    public void A_second_Ctrl_C_ends_the_run_at_once()
    {
        var run = model.Path("interrupted-twice");
        using var process = NestorProcess.Start(model.Train(run, "--accumulate", "200")); // A step of seconds, so that both come within one.
        NestorProcess.WaitForLine(process, "step 1/");
        Interrupt(process);
        Thread.Sleep(200); // Signals of one kind that wait together are delivered as one.
        Interrupt(process);
        var stopped = NestorProcess.Finish(process);
        Assert.Equal(130, stopped.ExitCode);
        Assert.Empty(stopped.Errors);
        Assert.Empty(Directory.EnumerateDirectories(run, "checkpoint-*"));
    }

    private static void Interrupt(Process process)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent with kill.");
        Assert.SkipWhen(IsDeaf(process), "The tests run in the background of a shell that makes what it starts ignore Ctrl-C.");
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private static bool IsDeaf(Process process)
    {
        const int Interrupt = 1 << 1;
        var ignored = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..];
        return (ulong.Parse(ignored.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0;
    }
}
