using System.Diagnostics;
using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>What the tool is for, from training to text.</summary>
public sealed class MainPathTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    [Fact]
    public void Training_writes_a_model_metrics_and_a_checkpoint()
    {
        Assert.True(model.Training.ExitCode == 0, model.Training.Errors);
        Assert.True(File.Exists(Path.Combine(model.Folder, "config.json")));
        Assert.Equal(TrainedModel.Steps, File.ReadLines(Path.Combine(model.Folder, "metrics.jsonl")).Count());
        Assert.True(Directory.Exists(Path.Combine(model.Folder, "checkpoint-00000004")));
    }

    [Fact]
    public void Piped_output_holds_no_escape_codes() => Assert.DoesNotContain('\e', model.Training.Output);

    [Fact]
    public void Evaluation_measures_every_granularity_and_the_plans_asked_for()
    {
        var outcome = NestorProcess.Run("eval", model.Folder, "--text", model.Text, "--tokens", "500", "--plan", "S*2,M*2", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        using var json = JsonDocument.Parse(outcome.Output);
        Assert.Equal(["S", "M", "L", "XL", "S*2,M*2"], json.RootElement.EnumerateArray().Select(row => row.GetProperty("plan").GetString()));
        Assert.All(json.RootElement.EnumerateArray(), row => Assert.InRange(row.GetProperty("nats_per_token").GetDouble(), 1, 8));
    }

    [Fact]
    public void A_slice_writes_what_its_plan_writes_inside_the_whole_model()
    {
        var slice = model.Path("slice");
        Assert.Equal(0, NestorProcess.Run("slice", model.Folder, "--plan", "M*2,S*2", "--out", slice).ExitCode);
        var whole = NestorProcess.Run("generate", model.Folder, "--plan", "M*2,S*2", "--prompt", "a small", "--tokens", "12");
        var cut = NestorProcess.Run("generate", slice, "--prompt", "a small", "--tokens", "12");
        Assert.Equal(0, whole.ExitCode);
        Assert.StartsWith("a small", whole.Output, StringComparison.Ordinal);
        Assert.Equal(whole.Output, cut.Output);

        var again = model.Path("slice-of-slice");
        Assert.Equal(0, NestorProcess.Run("slice", slice, "--plan", "S", "--out", again).ExitCode);
        Assert.Equal(
            NestorProcess.Run("generate", model.Folder, "--plan", "S", "--prompt", "a small", "--tokens", "12").Output,
            NestorProcess.Run("generate", again, "--prompt", "a small", "--tokens", "12").Output);
    }

    [Fact]
    public void Ctrl_C_writes_a_checkpoint_and_resume_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent with kill.");
        var run = model.Path("interrupted");
        var arguments = new[] { "--steps", "60", "--checkpoint-every", "0" };
        using (var process = NestorProcess.Start(model.Train(run, arguments)))
        {
            var line = process.StandardOutput.ReadLine();
            while (line is not null && !line.StartsWith("step ", StringComparison.Ordinal))
                line = process.StandardOutput.ReadLine();
            Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
            var stopped = NestorProcess.Finish(process);
            Assert.True(stopped.ExitCode is 130 or 0, stopped.Errors);
            Assert.SkipWhen(stopped.ExitCode == 0, "The run ended before the signal came.");
            Assert.Contains("--resume", Assert.Single(stopped.ErrorLines), StringComparison.Ordinal);
        }

        var resumed = NestorProcess.Run(model.Train(run, [.. arguments, "--resume"]));
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Contains("going on after step", resumed.Output, StringComparison.Ordinal);
        var steps = File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32());
        Assert.Equal(Enumerable.Range(1, 60), steps);
    }

    [Fact]
    public void A_disk_without_room_for_a_checkpoint_loses_nothing()
    {
        var disk = Directory.CreateDirectory(model.Path("disk")).FullName;
        Assert.SkipUnless(OperatingSystem.IsLinux() && Shell($"mount -t tmpfs -o size=6m tmpfs '{disk}'"), "A small disk can only be mounted by root on Linux.");
        try
        {
            // A checkpoint takes 3.4 MB and the model 1.1 MB: the first run fits, the checkpoint of a second one does not fit beside it.
            var run = Path.Combine(disk, "run");
            Assert.Equal(0, NestorProcess.Run(model.Train(run)).ExitCode);
            var checkpoint = Path.Combine(run, $"checkpoint-{TrainedModel.Steps:D8}", "model.safetensors");
            var before = File.ReadAllBytes(checkpoint);

            var full = NestorProcess.Run(model.Train(run, "--checkpoint-every", "2"));
            Assert.Equal(1, full.ExitCode);
            Assert.Contains("disk is full", Assert.Single(full.ErrorLines), StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(checkpoint));
            Assert.Equal(0, NestorProcess.Run(model.Train(run, "--resume")).ExitCode);
        }
        finally
        {
            Shell($"umount '{disk}'");
        }
    }

    [Fact]
    public void An_imported_model_tells_its_story()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        Assert.SkipUnless(File.Exists(Path.Combine(data ?? "", "stories260k", "stories260K.bin")), "NESTOR_DATA names no folder with stories260k.");
        var folder = Path.Combine(data!, "stories260k");
        var imported = model.Path("stories");
        Assert.Equal(0, NestorProcess.Run("import", Path.Combine(folder, "stories260K.bin"), "--tokenizer", Path.Combine(folder, "tok512.bin"), "--out", imported).ExitCode);
        var story = NestorProcess.Run("generate", imported, "--temperature", "0", "--tokens", "80");
        Assert.StartsWith("Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball.", story.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_quickstart_writes_slices_and_a_page_that_needs_nothing_else()
    {
        var output = model.Path("quickstart");
        var hostile = model.Path("hostile.jsonl");
        File.WriteAllLines(hostile, Enumerable.Range(0, 3000).Select(i => $"{{\"text\":\"<script>alert({i})</script> number {i * 7919} is {i * 104729} or {i * 1299709}\"}}"));
        var outcome = NestorProcess.Run("quickstart", "--text", hostile, "--vocabulary", "1000", "--steps", "2", "--out", output, "--prompt", "<script>");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        var page = File.ReadAllText(Path.Combine(output, "report.html"));
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        foreach (var size in new[] { "S", "M", "L", "XL" })
            Assert.Contains($"<td>{size}</td>", page, StringComparison.Ordinal);
        foreach (var slice in new[] { "slice-S", "slice-M", "slice-L" })
            Assert.True(File.Exists(Path.Combine(output, slice, "model.safetensors")), slice);
    }

    private static bool Shell(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
