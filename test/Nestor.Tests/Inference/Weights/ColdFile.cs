using System.Runtime.InteropServices;

namespace Nestor.Tests.Inference.Weights;

/// <summary>A file that no part of is in memory, and which of its mapped pages come in afterwards.</summary>
/// <remarks>Linux alone has these calls with these numbers.</remarks>
internal static unsafe partial class ColdFile
{
    private const int Random = 1, NotNeeded = 4;

    private static long Page => Environment.SystemPageSize;

    /// <summary>
    /// Drops a file from the system's memory, which must have been written to the disk, and turns off reading ahead in a mapping of it,
    /// so that exactly the pages that are touched come in again.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Address of the mapping's first byte of interest.</param>
    /// <param name="end">Address behind its last one.</param>
    public static void Evict(string path, long start, long end)
    {
        var first = start / Page * Page;
        Assert.Equal(0, AdviseMapping((void*)first, (nuint)(end - first), Random));
        Assert.Equal(0, AdviseMapping((void*)first, (nuint)(end - first), NotNeeded));
        using var file = File.OpenHandle(path);
        Assert.Equal(0, Advise((int)file.DangerousGetHandle(), 0, 0, NotNeeded));
    }

    /// <summary>Share of a mapped range's whole pages that are in memory.</summary>
    public static double ResidentShare(long start, long end)
    {
        long first = (start + Page - 1) / Page, last = end / Page;
        Assert.True(last > first, "The range holds no whole page.");
        var pages = new byte[last - first];
        fixed (byte* resident = pages)
            Assert.Equal(0, InCore((void*)(first * Page), (nuint)((last - first) * Page), resident));
        return pages.Average(page => page & 1);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(int file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseMapping(void* start, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int InCore(void* start, nuint length, byte* pages);
}
