using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Emitted;

/// <summary>Which emitted kernels this process can run.</summary>
/// <param name="Floats">AVX-512 F and BW, 64 bits, and System V's calling convention.</param>
/// <param name="Integers">Also AVX512_VNNI: <c>vpdpbusd</c>.</param>
/// <param name="BrainFloats">Also AVX512_BF16: <c>vdpbf16ps</c>.</param>
internal readonly record struct ProcessorSupport(bool Floats, bool Integers, bool BrainFloats)
{
    private const int Features = 7, VnniBit = 11, BF16Bit = 5;

    /// <summary>Asks the processor. .NET tells whether it and the operating system have AVX-512, but not which of the later extensions.</summary>
    public static ProcessorSupport Detect()
    {
        if (!X86Base.X64.IsSupported || !Avx512BW.IsSupported || OperatingSystem.IsWindows())
            return default;

        var (lastPart, _, extensions, _) = X86Base.CpuId(Features, 0);
        var brainFloats = lastPart >= 1 && (X86Base.CpuId(Features, 1).Eax >> BF16Bit & 1) != 0;
        return new(Floats: true, (extensions >> VnniBit & 1) != 0, brainFloats);
    }
}
