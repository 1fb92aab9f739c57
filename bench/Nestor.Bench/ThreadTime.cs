using System.Runtime.InteropServices;

namespace Nestor.Bench;

/// <summary>The calling thread's processor time as a clock: what other programs take from a busy machine does not count.</summary>
/// <remarks>POSIX's <c>CLOCK_THREAD_CPUTIME_ID</c>; the system's clock where there is none. For work that one thread does alone.</remarks>
internal sealed unsafe class ThreadTime : TimeProvider
{
    private static readonly int? Clock = OperatingSystem.IsLinux() ? 3 : OperatingSystem.IsMacOS() ? 16 : null;

    private readonly delegate* unmanaged<int, Time*, int> read = Clock is null
        ? null
        : (delegate* unmanaged<int, Time*, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "clock_gettime");

    public override long TimestampFrequency => read is null ? System.TimestampFrequency : 1_000_000_000;

    public override long GetTimestamp()
    {
        if (read is null)
            return System.GetTimestamp();
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
