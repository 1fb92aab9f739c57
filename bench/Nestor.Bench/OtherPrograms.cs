using System.Diagnostics;
using System.Globalization;

namespace Nestor.Bench;

/// <summary>Watches how much of the processors other programs take from now on: what is measured on a busy machine is lower.</summary>
internal sealed class OtherPrograms
{
    // Fields of /proc/stat, and their unit.
    private const int Idle = 3, WaitingForDisk = 4, TicksPerSecond = 100;

    private readonly long start = Stopwatch.GetTimestamp();
    private readonly double busy, own;

    public OtherPrograms() => (busy, own) = OperatingSystem.IsLinux() ? (BusySeconds, OwnSeconds) : default;

    // Seconds that the processors have worked, for all programs, as Linux counts them.
    private static double BusySeconds => File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
        .Select((ticks, i) => i is Idle or WaitingForDisk ? 0 : double.Parse(ticks, CultureInfo.InvariantCulture) / TicksPerSecond).Sum();

    // Seconds that this process and its children have worked.
    private static double OwnSeconds => Environment.CpuUsage.TotalTime.TotalSeconds + ChildTime.Seconds;

    /// <summary>A sentence for the page: what they have taken so far.</summary>
    public string Told()
    {
        if (!OperatingSystem.IsLinux())
            return "What other programs did meanwhile is not known.";
        var others = Math.Max(0, BusySeconds - busy - (OwnSeconds - own)) / (Stopwatch.GetElapsedTime(start).TotalSeconds * Environment.ProcessorCount);
        return string.Create(CultureInfo.InvariantCulture, $"Other programs took {100 * others:F0} % of the processors meanwhile{(others > 0.05 ? ": **not a quiet machine**" : "")}.");
    }
}
