using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Kernels;

/// <summary>The second-level cache of a core.</summary>
internal static class SecondLevelCache
{
    private const int Smallest = 512 << 10, Largest = 2 << 20;

    private const int IntelCaches = 4, AmdCaches = unchecked((int)0x8000001D), AmdLeaves = unchecked((int)0x80000000);

    // Of a leaf: the kind of its cache, 0 behind the last one; a core has no more than four.
    private const int KindBits = 0x1F, MostCaches = 4;

    /// <summary>What the processor says, from 512 KB to 2 MB; 512 KB where it says nothing.</summary>
    /// <remarks>Virtual machines may invent a size.</remarks>
    public static int Bytes { get; } = (int)Math.Clamp(Detect(), Smallest, Largest);

    /// <summary>What the processor says; 0 if nothing.</summary>
    /// <remarks>Both makers describe caches alike: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID leaf 4; AMD64 Architecture Programmer's Manual, volume 3, leaf 8000_001D.</remarks>
    public static long Detect()
    {
        if (!X86Base.IsSupported)
            return 0;
        if (X86Base.CpuId(0, 0).Eax >= IntelCaches && BytesIn(IntelCaches) is > 0 and var bytes)
            return bytes;
        return (uint)X86Base.CpuId(AmdLeaves, 0).Eax >= unchecked((uint)AmdCaches) ? BytesIn(AmdCaches) : 0;
    }

    private static long BytesIn(int leaf)
    {
        for (var cache = 0; cache < MostCaches; cache++)
        {
            var (kind, shape, sets, _) = X86Base.CpuId(leaf, cache);
            if ((kind & KindBits) == 0)
                return 0;
            if (Bits(kind, 5, 3) == 2)
                return (Bits(shape, 22, 10) + 1) * (Bits(shape, 12, 10) + 1) * (Bits(shape, 0, 12) + 1) * ((uint)sets + 1L);
        }

        return 0;
    }

    private static long Bits(int value, int first, int count) => (value >>> first) & ((1 << count) - 1);
}
