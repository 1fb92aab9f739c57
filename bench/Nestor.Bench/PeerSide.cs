using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Nestor.Bench;

/// <summary>Another engine's <c>llama-bench</c> with a GGUF file.</summary>
/// <remarks>
/// For one thread the time is the processor time of the whole process: of a run with several repetitions less that of a run with one,
/// so that loading and warming up, which both have, drop out. For more threads it is the wall time that the program tells itself.
/// </remarks>
internal sealed class PeerSide(Peer peer, string file, int threads, bool flashAttention) : EngineSide
{
    private const int Repetitions = 2;

    public override string Name => peer.Name;

    /// <summary>Whether it computes attention without keeping the scores of all positions.</summary>
    public bool FlashAttention => flashAttention;

    protected override double MeasurePrefill() => Measure(PromptTokens, 0);

    protected override double MeasureDecode() => Measure(0, GeneratedTokens);

    private double Measure(int prompt, int generated)
    {
        var once = threads == 1 ? Run(prompt, generated, repetitions: 1).Seconds : 0;
        var (seconds, samples) = Run(prompt, generated, 1 + Repetitions);
        var each = threads == 1 ? (seconds - once) / Repetitions : samples.Order().ElementAt(samples.Length / 2);
        return (prompt + generated) / each;
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
