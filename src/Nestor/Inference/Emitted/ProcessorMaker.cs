using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Emitted;

/// <summary>Who made the processor: some instructions are fast with one maker only.</summary>
internal static class ProcessorMaker
{
    // What CPUID's leaf 0 says first: "Genu", of "GenuineIntel".
    private const int Genu = 0x756E6547;

    /// <summary>Whether it is Intel's.</summary>
    public static bool IsIntel { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == Genu;
}
