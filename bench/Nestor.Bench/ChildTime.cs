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
            // struct rusage begins with two struct timeval, of two words each; of the microseconds macOS fills the lower half.
            var usage = stackalloc nint[UsageBytes / sizeof(nint)];
            var read = (delegate* unmanaged<int, nint*, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "getrusage");
            return read(Children, usage) == 0
                ? usage[0] + usage[2] + ((int)usage[1] + (int)usage[3]) * 1e-6
                : throw new InvalidOperationException("The system does not tell the children's processor time.");
        }
    }
}
