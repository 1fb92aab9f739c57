using System.Diagnostics;
using System.Text.Json;

namespace Nestor.Cli.Tests;

/// <summary>A disk that is full, memory that is short, a reader that is gone.</summary>
public sealed class ShortResourcesTests(TrainedModel model)
{
    [Fact]
    public void A_disk_that_is_full_leaves_the_checkpoint_before_and_resume_goes_on()
    {
        // A checkpoint has 3.4 MB: one fits, the next beside it does not.
        using var disk = new SmallDisk(model.Path("disk"), megabytes: 6);
        var run = Path.Combine(disk.Folder, "run");
        NestorProcess.Run(model.Train(run, "--checkpoint-every", "1")).AssertFailed("The disk is full");
        Assert.Equal(["checkpoint-00000001", "corpus"], Directory.EnumerateDirectories(run).Select(Path.GetFileName).Order());

        disk.Grow(megabytes: 16);
        var resumed = NestorProcess.Run(model.Train(run, "--checkpoint-every", "1", "--resume"));
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Contains("going on after step 1", resumed.Output, StringComparison.Ordinal);
        var steps = File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32());
        Assert.Equal(Enumerable.Range(1, TrainedModel.Steps), steps);
    }

    [Fact]
    public void A_slice_that_does_not_fit_on_the_disk_is_no_model()
    {
        using var disk = new SmallDisk(model.Path("slice-disk"), megabytes: 1);
        var slice = Path.Combine(disk.Folder, "slice");
        NestorProcess.Run("slice", model.Folder, "--out", slice).AssertFailed("The disk is full");
        Assert.False(File.Exists(Path.Combine(slice, "model.safetensors")));
        NestorProcess.Run("generate", slice).AssertFailed("not completely written");
    }

    [Theory]
    [InlineData("generate")]
    [InlineData("slice")]
    public void Output_that_cannot_be_written_is_a_failure(string command)
    {
        string[] arguments = command == "slice" ? ["--plan", "S", "--out", model.Path("slice-full")] : [];
        NestorProcess.RunInShell("exec \"$@\" > /dev/full", [command, model.Folder, .. arguments]).AssertFailed("No space left on device");
    }

    [Fact]
    public void A_reader_that_is_gone_is_no_error()
    {
        var outcome = NestorProcess.RunInShell("\"$@\" | true; exit ${PIPESTATUS[0]}", "generate", model.Folder, "--tokens", "100");
        Assert.DoesNotContain("nestor: ", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(0, outcome.ExitCode);
    }

    [Fact]
    public void A_batch_that_memory_does_not_hold_is_explained()
    {
        var arguments = model.Train(model.Path("large"), "--batch", "3900000");
        NestorProcess.RunInShell("DOTNET_GCHeapHardLimit=0x8000000 exec \"$@\"", arguments).AssertFailed("smaller batch");
    }

    /// <summary>A disk in memory; only root may make one, so the tests that need one are skipped for others.</summary>
    private sealed class SmallDisk : IDisposable
    {
        public SmallDisk(string folder, int megabytes)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "A small disk is made with Linux's mount.");
            Folder = Directory.CreateDirectory(folder).FullName;
            Assert.SkipUnless(Succeeds("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Folder), "Only root may mount a small disk.");
        }

        public string Folder { get; }

        public void Grow(int megabytes) => Assert.True(Succeeds("mount", "-o", $"remount,size={megabytes}m", Folder));

        public void Dispose() => Assert.True(Succeeds("umount", Folder));

        private static bool Succeeds(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }
}
