using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nestor.Inference.Measurement;

/// <summary>What a computation's time is taken from: the calling thread's own processor time where one thread works, the wall's otherwise.</summary>
/// <remarks>Processor time leaves out what other programs take from a busy machine; for threads that wait for each other there is only the wall.</remarks>
internal abstract class MeasureClock
{
    private static readonly MeasureClock Wall = new WallClock();
    private static readonly MeasureClock? Thread = OperatingSystem.IsLinux() ? new ThreadClock(id: 3) : OperatingSystem.IsMacOS() ? new ThreadClock(id: 16) : null;

    /// <summary>What reports call it.</summary>
    public abstract string Name { get; }

    /// <summary>Seconds since some moment.</summary>
    public abstract double Seconds { get; }

    /// <summary>The clock for work on a number of threads.</summary>
    public static MeasureClock For(int threads) => threads == 1 && Thread is { } clock ? clock : Wall;

    private sealed class WallClock : MeasureClock
    {
        public override string Name => "wall";

        public override double Seconds => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
    }

    /// <summary>POSIX's <c>CLOCK_THREAD_CPUTIME_ID</c>, whose number each system chooses.</summary>
    private sealed unsafe class ThreadClock(int id) : MeasureClock
    {
        private readonly delegate* unmanaged<int, Time*, int> read =
            (delegate* unmanaged<int, Time*, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "clock_gettime");

        public override string Name => "CPU";

        public override double Seconds
        {
            get
            {
                Time time;
                return read(id, &time) == 0 ? time.Seconds + time.Nanoseconds * 1e-9 : throw new InvalidOperationException("The system does not tell a thread's processor time.");
            }
        }

        private readonly struct Time
        {
            public readonly nint Seconds, Nanoseconds;
        }
    }
}
