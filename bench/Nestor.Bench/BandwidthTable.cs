using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>How fast the machine's threads read memory.</summary>
internal static class BandwidthTable
{
    private const int Rounds = 15;

    public static void Run(EngineOptions options, EngineModels models, TextWriter output)
    {
        output.WriteLine("## Read bandwidth\n");
        output.WriteLine($"{ReadBandwidth.Bytes >> 20} MB that no cache holds, read with vectors from first to last or in four streams side by side, GB/s; medians of {Rounds} rounds.\n");
        output.WriteLine("| threads | clock | in order | in four streams |\n|---:|---|---:|---:|");
        var bandwidth = new ReadBandwidth();
        int[] threads = [.. Enumerable.Range(1, Environment.ProcessorCount).Where(int.IsPow2)];
        var samples = Array.ConvertAll(threads, _ => (InOrder: new Samples(), InStreams: new Samples()));
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (count, (inOrder, inStreams)) in threads.Zip(samples))
            {
                inOrder.Add(bandwidth.InOrder(count) / 1e9);
                inStreams.Add(bandwidth.InStreams(count) / 1e9);
            }
        }

        foreach (var (count, (inOrder, inStreams)) in threads.Zip(samples))
            output.WriteLine($"| {count} | {MeasureClock.For(count).Name} | {Cell(inOrder)} | {Cell(inStreams)} |");
    }

    private static string Cell(Samples samples) => FormattableString.Invariant($"{samples.Median:F1} [{samples.Least:F1}-{samples.Most:F1}]");
}
