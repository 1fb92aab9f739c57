using System.Globalization;

namespace Nestor.Bench;

/// <summary>The most memory of its own that this process had during a measurement: pages that are not those of a mapped file, as Linux counts them.</summary>
internal static class PeakMemory
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    /// <summary>Runs something and tells by how many bytes it let the process grow at most.</summary>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public static long During(Action measured)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = OwnBytes();
        var peak = before;
        using var ended = new ManualResetEventSlim();
        var sampler = new Thread(() =>
        {
            do
                peak = Math.Max(peak, OwnBytes());
            while (!ended.Wait(Interval));
        });
        sampler.Start();
        try
        {
            measured();
        }
        finally
        {
            ended.Set();
            sampler.Join();
        }

        return Math.Max(peak, OwnBytes()) - before;
    }

    private static long OwnBytes() => OperatingSystem.IsLinux()
        ? 1024 * long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
        : throw new PlatformNotSupportedException("Only Linux tells which memory is the process's own.");
}
