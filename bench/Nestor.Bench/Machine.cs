using System.Diagnostics;
using System.Globalization;
using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>What figures were measured on.</summary>
internal static class Machine
{
    // Fields of /proc/stat, and their unit.
    private const int Idle = 3, WaitingForDisk = 4, TicksPerSecond = 100;

    /// <summary>Processor, cores, vector instructions, system and runtime.</summary>
    public static string Description => MachineDescription.Text;

    /// <summary>Seconds that the processors have worked, for all programs, as Linux counts them.</summary>
    private static double BusySeconds => File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
        .Select((ticks, i) => i is Idle or WaitingForDisk ? 0 : double.Parse(ticks, CultureInfo.InvariantCulture) / TicksPerSecond).Sum();

    /// <summary>Seconds that this process and its children have worked.</summary>
    private static double OwnSeconds => Environment.CpuUsage.TotalTime.TotalSeconds + ChildTime.Seconds;

    /// <summary>Runs a measurement and tells how much of the processors other programs took meanwhile: what was measured on a busy machine is lower.</summary>
    public static string OthersDuring(Action measurement)
    {
        if (!OperatingSystem.IsLinux())
        {
            measurement();
            return "What other programs did meanwhile is not known.";
        }

        var (start, busy, own) = (Stopwatch.GetTimestamp(), BusySeconds, OwnSeconds);
        measurement();
        var others = Math.Max(0, BusySeconds - busy - (OwnSeconds - own)) / (Stopwatch.GetElapsedTime(start).TotalSeconds * Environment.ProcessorCount);
        return string.Create(CultureInfo.InvariantCulture, $"Other programs took {100 * others:F0} % of the processors meanwhile{(others > 0.05 ? ": **not a quiet machine**" : "")}.");
    }
}
