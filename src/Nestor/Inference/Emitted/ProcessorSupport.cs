using System.Runtime.Intrinsics.X86;
using Nestor.Inference.Emitted.Matrices;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Which emitted kernels this process can run.</summary>
/// <param name="Floats">AVX-512 F, 64 bits, and System V's calling convention.</param>
/// <param name="Integers">Also AVX512_VNNI: <c>vpdpbusd</c>.</param>
/// <param name="BrainFloats">Also AVX512_BF16, <c>vdpbf16ps</c>, not of Intel, where it takes longer than widening both sides and two FMAs.</param>
/// <param name="Matrices">Also AMX-BF16, <c>tdpbf16ps</c>, and Linux's permission.</param>
internal readonly record struct ProcessorSupport(bool Floats, bool Integers, bool BrainFloats, bool Matrices)
{
    private const string Off = "0";
    private const int Version = 1, Features = 7;
    private const int XgetbvBit = 27, Avx512FBit = 16, VnniBit = 11, BF16Bit = 5, AmxBF16Bit = 22, AmxTileBit = 24;

    /// <summary>Asks the user, the processor, and what the operating system has set in it.</summary>
    /// <param name="setting">What the user wants: <c>0</c> is nothing emitted, anything else what can be.</param>
    /// <remarks>
    /// .NET's own answer does not tell of VNNI and BF16, and in a program compiled ahead of time it is about the processor that was compiled for.
    /// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, sections 15.2 and 18.2.
    /// </remarks>
    public static ProcessorSupport Detect(string? setting)
    {
        if (setting == Off || !X86Base.X64.IsSupported || OperatingSystem.IsWindows())
            return default;
        if (X86Base.CpuId(0, 0).Eax < Features)
            return default;

        var (lastPart, basic, extensions, more) = X86Base.CpuId(Features, 0);
        var canAsk = IsSet(X86Base.CpuId(Version, 0).Ecx, XgetbvBit);
        if (!IsSet(basic, Avx512FBit) || !canAsk)
            return default;
        var saved = SavedRegisters.Read();
        if (!saved.Vectors)
            return default;

        return new(
            Floats: true,
            Integers: IsSet(extensions, VnniBit),
            BrainFloats: lastPart >= 1 && IsSet(X86Base.CpuId(Features, 1).Eax, BF16Bit) && !Processor.IsIntel,
            Matrices: IsSet(more, AmxTileBit) && IsSet(more, AmxBF16Bit) && saved.Matrices && MatrixPermission.Request());
    }

    private static bool IsSet(int bits, int bit) => (bits >> bit & 1) != 0;
}
