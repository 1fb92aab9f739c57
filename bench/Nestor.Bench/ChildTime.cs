using System.Runtime.InteropServices;

namespace Nestor.Bench;

/// <summary>Processor time of all child processes that have ended: <c>getrusage(RUSAGE_CHILDREN)</c> of Linux and macOS.</summary>
internal static unsafe class ChildTime
{
    private const int Children = -1, UsageBytes = 256;

    /// <summary>Whether the system tells it.</summary>
    public static bool IsKnown => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>User and system time in seconds.</summary>
    public static double Seconds
    {
        get
        {
            var usage = stackalloc byte[UsageBytes];
            var read = (delegate* unmanaged<int, byte*, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "getrusage");
            return read(Children, usage) == 0 ? Time(usage) + Time(usage + sizeof(Time)) : throw new InvalidOperationException("The system does not tell the children's processor time.");
        }
    }

    private static double Time(byte* at) => ((Time*)at)->Seconds + (*(Time*)at).Microseconds * 1e-6;

    private readonly struct Time
    {
        public readonly nint Seconds;
        private readonly nint microseconds;

        /// <summary>macOS fills only the lower half.</summary>
        public int Microseconds => (int)microseconds;
    }
}
