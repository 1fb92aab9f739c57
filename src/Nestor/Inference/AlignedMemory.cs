using System.Runtime.InteropServices;

namespace Nestor.Inference;

/// <summary>Memory outside the garbage collector's heap, such as weights lie in; freed when nothing refers to this object any more.</summary>
/// <remarks>
/// On Linux in pages of 2 MB where the system gives them: walking through weights with 4 KB pages spends a sixth of the time on
/// address translation. Whoever keeps a pointer into the memory keeps this object too.
/// </remarks>
internal sealed unsafe class AlignedMemory
{
    /// <summary>Every matrix begins at a multiple of a cache line.</summary>
    public const int Alignment = 64;

    private const nuint HugePage = 2 << 20;

    // From Linux's <sys/mman.h>: back the range with huge pages when it is first touched.
    private const int AdviseHugePages = 14;

    private readonly long pressure;

    /// <summary>Allocates memory of unspecified content.</summary>
    /// <exception cref="NestorException">The system does not have as much.</exception>
    public AlignedMemory(long bytes, string purpose)
    {
        var huge = OperatingSystem.IsLinux() && bytes >= (long)HugePage;
        var alignment = huge ? HugePage : Alignment;
        try
        {
            var size = checked((nuint)bytes + alignment - 1) / alignment * alignment;
            Start = (byte*)NativeMemory.AlignedAlloc(size, alignment);
            if (huge)
                AdviseHuge(Start, size);
        }
        catch (Exception error) when (error is OutOfMemoryException or OverflowException)
        {
            GC.SuppressFinalize(this);
            throw new NestorException($"{purpose} needs {bytes / (double)(1 << 20):N0} MiB of memory, more than the system has left; choose a narrower weight type, a slice, or a machine with more memory.", error);
        }

        pressure = Math.Max(1, bytes);
        GC.AddMemoryPressure(pressure);
    }

    ~AlignedMemory()
    {
        NativeMemory.AlignedFree(Start);
        GC.RemoveMemoryPressure(pressure);
    }

    /// <summary>The first byte.</summary>
    public byte* Start { get; }

    /// <summary>A number of bytes, rounded up so that what follows is aligned.</summary>
    public static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>Only a hint: where the system has no such pages, or does not know the call, everything works as before.</summary>
    private static void AdviseHuge(byte* start, nuint size)
    {
        if (NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "madvise", out var madvise))
            _ = ((delegate* unmanaged<void*, nuint, int, int>)madvise)(start, size, AdviseHugePages);
    }
}
