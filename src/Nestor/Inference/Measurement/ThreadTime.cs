using System.Runtime.InteropServices;

namespace Nestor.Inference.Measurement;

/// <summary>The calling thread's processor time as a clock: what other programs take from a busy machine does not count.</summary>
/// <remarks>POSIX's <c>CLOCK_THREAD_CPUTIME_ID</c>, whose number each system chooses. For work that one thread does alone.</remarks>
internal sealed unsafe class ThreadTime : TimeProvider
{
    private static readonly int? Clock = OperatingSystem.IsLinux() ? 3 : OperatingSystem.IsMacOS() ? 16 : null;

    private readonly delegate* unmanaged<int, Time*, int> read =
        (delegate* unmanaged<int, Time*, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "clock_gettime");

    /// <summary>Whether the system has such a clock.</summary>
    public static bool IsKnown => Clock is not null && Environment.Is64BitProcess;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp()
    {
        Time time;
        return read(Clock!.Value, &time) == 0
            ? time.Seconds * TimestampFrequency + time.Nanoseconds
            : throw new InvalidOperationException("The system does not tell a thread's processor time.");
    }

    private readonly struct Time
    {
        public readonly nint Seconds, Nanoseconds;
    }
}
