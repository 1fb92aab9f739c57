using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Kernels;

/// <summary>The second-level cache of a core.</summary>
internal static class SecondLevelCache
{
    private const int Smallest = 512 << 10, Largest = 2 << 20;

    // CPUID's leaves: the last basic one and the last extended one are told by the first of each.
    private const int Basic = 0, Extended = unchecked((int)0x80000000), IntelCaches = 4, AmdCaches = unchecked((int)0x8000001D);

    private const int None = 0, Level = 2, MostCaches = 4;

    /// <summary>What the processor says, from 512 KB to 2 MB, because virtual machines may invent a size; 512 KB where it says nothing.</summary>
    public static int Bytes { get; } = (int)Math.Clamp(Detect(), Smallest, Largest);

    /// <summary>What the processor says; 0 if nothing.</summary>
    /// <remarks>
    /// Both makers describe caches alike: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID leaf 4; AMD64
    /// Architecture Programmer's Manual, volume 3, leaf 8000_001D.
    /// </remarks>
    public static long Detect()
    {
        if (!X86Base.IsSupported)
            return 0;
        if (Has(Basic, IntelCaches) && BytesIn(IntelCaches) is > 0 and var bytes)
            return bytes;
        return Has(Extended, AmdCaches) ? BytesIn(AmdCaches) : 0;
    }

    private static bool Has(int first, int leaf) => (uint)X86Base.CpuId(first, 0).Eax >= (uint)leaf;

    private static long BytesIn(int leaf)
    {
        for (var cache = 0; cache < MostCaches; cache++)
        {
            var (kind, shape, sets, _) = X86Base.CpuId(leaf, cache);
            if (Bits(kind, 0, 5) == None)
                return 0;
            if (Bits(kind, 5, 3) == Level)
                return (Bits(shape, 22, 10) + 1) * (Bits(shape, 12, 10) + 1) * (Bits(shape, 0, 12) + 1) * ((uint)sets + 1L);
        }

        return 0;
    }

    private static long Bits(int value, int first, int count) => (value >>> first) & ((1 << count) - 1);
}
