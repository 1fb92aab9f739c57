using System.Runtime.InteropServices;

namespace Nestor.Bench;

/// <summary>Drops files from the system's memory, so that reading them reads the disk. Linux alone has the call with this number.</summary>
internal static partial class ColdFiles
{
    private const int NotNeeded = 4;

    /// <summary>Drops all files of a folder; they must have been written to the disk.</summary>
    public static void Evict(string folder)
    {
        foreach (var path in Directory.GetFiles(folder))
        {
            using var file = File.OpenHandle(path);
            if (Advise((int)file.DangerousGetHandle(), 0, 0, NotNeeded) != 0)
                throw new InvalidOperationException($"The system keeps '{path}' in memory.");
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(int file, long offset, long length, int advice);
}
