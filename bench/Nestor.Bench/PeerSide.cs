using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Nestor.Bench;

/// <summary>Another engine's <c>llama-bench</c> with a GGUF file.</summary>
/// <remarks>
/// For one thread the time is the processor time of the whole process: of a run with several repetitions less that of a run with one,
/// so that loading and warming up, which both have, drop out. They take as much time as a few repetitions and not the same every time, so
/// the repetitions are so many that this hardly counts. For more threads it is the wall time that the program tells itself.
/// </remarks>
internal sealed class PeerSide(Peer peer, string file, int threads, bool flashAttention) : EngineSide
{
    private const int FewestRepetitions = 2, MostRepetitions = 20;

    // Of all repetitions together.
    private const double Seconds = 4;

    public override string Name => peer.Name;

    /// <summary>Whether it computes attention without keeping the scores of all positions.</summary>
    public bool FlashAttention => flashAttention;

    protected override double MeasurePrefill() => Measure(PromptTokens, 0);

    protected override double MeasureDecode() => Measure(0, GeneratedTokens);

    private double Measure(int prompt, int generated)
    {
        Touch();
        return (prompt + generated) / (threads == 1 ? ProcessorTime(prompt, generated) : WallTime(prompt, generated));
    }

    private double WallTime(int prompt, int generated)
    {
        var (_, samples) = Run(prompt, generated, 1 + FewestRepetitions);
        return samples.Order().ElementAt(samples.Length / 2);
    }

    private double ProcessorTime(int prompt, int generated)
    {
        var (once, samples) = Run(prompt, generated, repetitions: 1);
        var repetitions = Math.Clamp((int)Math.Ceiling(Seconds / samples[0]), FewestRepetitions, MostRepetitions);
        return (Run(prompt, generated, 1 + repetitions).Seconds - once) / repetitions;
    }

    // Reads the file, so that the system holds it in memory for the first run as well as for the next.
    private void Touch()
    {
        using var stream = File.OpenRead(file);
        stream.CopyTo(Stream.Null, 1 << 20);
    }

    /// <summary>Processor time of the process, and the wall time of each repetition.</summary>
    private (double Seconds, double[] Samples) Run(int prompt, int generated, int repetitions)
    {
        string[] arguments =
        [
            "-m", file, "-t", Text(threads), "-p", Text(prompt), "-n", Text(generated), "-r", Text(repetitions), "-fa", flashAttention ? "1" : "0", "-o", "json", .. peer.Options,
        ];
        var before = ChildTime.Seconds;
        using var process = Process.Start(new ProcessStartInfo(peer.Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{peer.Program} did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var seconds = ChildTime.Seconds - before;
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{peer.Program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors.Result}");

        // Some versions put warnings between the lines.
        using var json = JsonDocument.Parse(string.Join('\n', output.Split('\n').Where(line => !line.StartsWith("WARNING", StringComparison.Ordinal))));
        peer.Version = json.RootElement[0].GetProperty("build_commit").GetString();
        return (seconds, [.. json.RootElement[0].GetProperty("samples_ns").EnumerateArray().Select(sample => sample.GetDouble() * 1e-9)]);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
