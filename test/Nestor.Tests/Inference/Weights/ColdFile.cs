using System.Runtime.InteropServices;

namespace Nestor.Tests.Inference.Weights;

/// <summary>A file that no part of is in memory, and which of its mapped pages come in afterwards.</summary>
/// <remarks>Linux alone has these calls with these numbers.</remarks>
internal static unsafe partial class ColdFile
{
    private const int Random = 1, NotNeeded = 4;

    private static long Page => Environment.SystemPageSize;

    /// <summary>
    /// Drops a file from the system's memory, which must have been written to the disk, and turns off reading ahead in this process's
    /// mappings of it, so that exactly the pages that are touched come in again.
    /// </summary>
    public static void Evict(string path)
    {
        foreach (var (start, end) in Mappings(path))
        {
            Assert.Equal(0, AdviseMapping((void*)start, (nuint)(end - start), Random));
            Assert.Equal(0, AdviseMapping((void*)start, (nuint)(end - start), NotNeeded));
        }

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

    // A line begins with the two addresses in hexadecimal numbers and ends with the path.
    private static IEnumerable<(long Start, long End)> Mappings(string path) => File.ReadLines("/proc/self/maps")
        .Where(line => line.EndsWith(" " + path, StringComparison.Ordinal))
        .Select(line => line.Split(' ', 2)[0].Split('-'))
        .Select(range => (Convert.ToInt64(range[0], 16), Convert.ToInt64(range[1], 16)));

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(int file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseMapping(void* start, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int InCore(void* start, nuint length, byte* pages);
}
