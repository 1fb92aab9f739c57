using System.Runtime.InteropServices;

namespace Nestor.Inference.Emitted.Matrices;

/// <summary>Linux lends matrix registers to processes that ask: every thread then has 8 KB more to save.</summary>
/// <remarks>Linux, Documentation/arch/x86/xstate.rst: <c>arch_prctl(ARCH_REQ_XCOMP_PERM, XTILEDATA)</c>.</remarks>
internal static partial class MatrixPermission
{
    private const int ArchPrctl = 158, RequestPermission = 0x1023, TileData = 18;

    /// <summary>Asks for the whole process.</summary>
    /// <returns>Whether they may be used; false on other systems.</returns>
    public static bool Request()
    {
        try
        {
            return OperatingSystem.IsLinux() && SystemCall(ArchPrctl, RequestPermission, TileData) == 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false; // a C library under another name
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint code, nint feature);
}
