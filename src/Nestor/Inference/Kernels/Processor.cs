using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Kernels;

/// <summary>Which x86 processor this is: some instructions, and some requests for memory, are good with one maker or generation only.</summary>
/// <remarks>Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID.</remarks>
internal static class Processor
{
    // What leaf 0 says first: "Genu", of "GenuineIntel", or "Auth", of "AuthenticAMD".
    private const int Genu = 0x756E6547, Auth = 0x68747541;

    private const int Zen3And4 = 0x19;

    /// <summary>Whether Intel made it.</summary>
    public static bool IsIntel { get; } = Maker == Genu;

    /// <summary>Whether it is AMD's Zen 4, or Zen 3, which has no 512 bits.</summary>
    public static bool IsZen4 { get; } = Maker == Auth && Family == Zen3And4;

    private static int Maker => X86Base.IsSupported ? X86Base.CpuId(0, 0).Ebx : 0;

    private static int Family
    {
        get
        {
            var version = X86Base.CpuId(1, 0).Eax;
            return (version >> 8 & 0xF) + (version >> 20 & 0xFF);
        }
    }
}
