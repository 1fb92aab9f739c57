using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nestor.Bench;

/// <summary>Seconds that the calling thread has computed, so that other processes on the machine count less; wall time where there is no such clock.</summary>
internal static partial class ThreadClock
{
    private const int ThreadProcessorTime = 3; // CLOCK_THREAD_CPUTIME_ID

    public static double Seconds
    {
        get
        {
            if (OperatingSystem.IsLinux() && Environment.Is64BitProcess && GetTime(ThreadProcessorTime, out var time) == 0)
                return time.Seconds + 1e-9 * time.Nanoseconds;
            return (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
