using System.Diagnostics;
using Nestor.Inference;
using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>Seconds from starting the published sample to its first token.</summary>
internal static class ColdStart
{
    private const string Model = "s79";

    public static void Run(EngineOptions options, EngineModels models, TextWriter output)
    {
        output.WriteLine("## Cold start\n");
        if (options.Sample is not { } program || !File.Exists(program))
        {
            output.WriteLine("The published sample was not given (`--sample`), or is not there; this is left out.");
            return;
        }

        output.WriteLine($"The sample as one native file writes one token with {Model} at XL: milliseconds of the whole process, with the files in the system's cache; medians of {2 * options.Rounds + 1} runs. CPU is of all threads.\n");
        output.WriteLine("| folder | wall ms | CPU ms |\n|---|---:|---:|");
        foreach (var type in options.Types.Cast<WeightType?>().Append(null))
        {
            var folder = type is { } packed ? models.Packed(Model, packed) : models.Folder(Model);
            var (wall, cpu) = (new Samples(), new Samples());
            for (var round = -1; round <= 2 * options.Rounds; round++)
            {
                var (start, before) = (Stopwatch.GetTimestamp(), ChildTime.Seconds);
                FirstToken(program, folder);
                if (round < 0)
                    continue;
                wall.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                cpu.Add(1e3 * (ChildTime.Seconds - before));
            }

            output.WriteLine(FormattableString.Invariant($"| {(type is { } name ? $"packed as {name.ToString().ToLowerInvariant()}" : "ordinary, f32, packed at load")} | {wall.Median:F0} | {cpu.Median:F0} |"));
        }
    }

    private static void FirstToken(string program, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(program, [folder, "--prompt", "a", "--tokens", "1"]) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{program} did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors.Result}");
    }
}
