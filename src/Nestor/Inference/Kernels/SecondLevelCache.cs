using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Kernels;

/// <summary>The second-level cache of a core.</summary>
internal static class SecondLevelCache
{
    private const int Smallest = 512 << 10, Largest = 2 << 20;

    // CPUID's leaf that tells the last of the extended ones, and the one with this cache: kilobytes in the upper half of ecx.
    private const int LastExtended = unchecked((int)0x80000000), Leaf = unchecked((int)0x80000006), KilobytesAt = 16;

    /// <summary>What the processor says, within limits; 512 KB where it says nothing.</summary>
    /// <remarks>
    /// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID; AMD64 Architecture Programmer's Manual, volume 3,
    /// appendix E.4.
    /// </remarks>
    public static int Bytes { get; } =
        Believable(X86Base.IsSupported && (uint)X86Base.CpuId(LastExtended, 0).Eax >= unchecked((uint)Leaf) ? X86Base.CpuId(Leaf, 0).Ecx : 0);

    /// <summary>The bytes that the leaf's ecx tells, from 512 KB to 2 MB: virtual machines may invent a size.</summary>
    public static int Believable(int ecx) => (int)Math.Clamp((long)(ecx >>> KilobytesAt) << 10, Smallest, Largest);
}
