using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>Another engine's <c>llama-bench</c> with a GGUF file.</summary>
/// <remarks>
/// The time is the median of what the program tells of its repetitions, after a first one that does not count. For one thread it is taken
/// times the share of a processor that the whole process had, which leaves out what other programs took; some
/// load with several threads, but none of them computes with more than it was asked for.
/// </remarks>
internal sealed class PeerSide(Peer peer, string file, int threads, bool flashAttention) : EngineSide
{
    private const int FewestRepetitions = 3, MostRepetitions = 20;

    // Of all repetitions together, once it is known how long one takes.
    private const double Seconds = 3;

    public override string Name => peer.Name;

    /// <summary>Whether it computes attention without keeping the scores of all positions.</summary>
    public bool FlashAttention => flashAttention;

    protected override double MeasurePrefill() => Measure(PromptTokens, 0, Prefill);

    protected override double MeasureDecode() => Measure(0, GeneratedTokens, Decode);

    private double Measure(int prompt, int generated, Samples known)
    {
        Touch();
        var tokens = prompt + generated;
        var enough = known.Count == 0 ? 0 : (int)Math.Ceiling(Seconds * known.Median / tokens);
        var (share, samples) = Run(prompt, generated, Math.Clamp(enough, FewestRepetitions, MostRepetitions));
        return tokens / (samples.Order().ElementAt(samples.Length / 2) * (threads == 1 ? share : 1));
    }

    // Reads the file, so that the system holds it in memory for the first run as well as for the next.
    private void Touch()
    {
        using var stream = File.OpenRead(file);
        stream.CopyTo(Stream.Null, 1 << 20);
    }

    /// <summary>Share of a processor that the process had, and the wall time of each repetition.</summary>
    private (double Share, double[] Samples) Run(int prompt, int generated, int repetitions)
    {
        string[] arguments =
        [
            "-m", file, "-t", Text(threads), "-p", Text(prompt), "-n", Text(generated), "-r", Text(repetitions), "-fa", flashAttention ? "1" : "0", "-o", "json", .. peer.Options,
        ];
        var (start, before) = (Stopwatch.GetTimestamp(), ChildTime.Seconds);
        using var process = Process.Start(new ProcessStartInfo(peer.Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{peer.Program} did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var share = Math.Min(1, (ChildTime.Seconds - before) / Stopwatch.GetElapsedTime(start).TotalSeconds);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{peer.Program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors.Result}");

        // Some versions put warnings between the lines.
        using var json = JsonDocument.Parse(string.Join('\n', output.Split('\n').Where(line => !line.StartsWith("WARNING", StringComparison.Ordinal))));
        peer.Version = json.RootElement[0].GetProperty("build_commit").GetString();
        return (share, [.. json.RootElement[0].GetProperty("samples_ns").EnumerateArray().Select(sample => sample.GetDouble() * 1e-9)]);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
