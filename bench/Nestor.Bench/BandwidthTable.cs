using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>How fast the machine's threads read memory.</summary>
internal static class BandwidthTable
{
    private const int Rounds = 15;

    public static void Run(EngineOptions options, EngineModels models, TextWriter output)
    {
        output.WriteLine("## Read bandwidth\n");
        output.WriteLine($"{ReadBandwidth.Bytes >> 20} MB that no cache holds, read once with vectors; medians of {Rounds} rounds.\n");
        output.WriteLine("| threads | clock | GB/s | least | most |\n|---:|---|---:|---:|---:|");
        var bandwidth = new ReadBandwidth();
        int[] threads = [.. Enumerable.Range(1, Environment.ProcessorCount).Where(int.IsPow2)];
        var samples = Array.ConvertAll(threads, _ => new Samples());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (count, sample) in threads.Zip(samples))
                sample.Add(bandwidth.Measure(count) / 1e9);
        }

        foreach (var (count, sample) in threads.Zip(samples))
            output.WriteLine(FormattableString.Invariant($"| {count} | {MeasureClock.For(count).Name} | {sample.Median:F1} | {sample.Least:F1} | {sample.Most:F1} |"));
    }
}
