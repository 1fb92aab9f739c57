namespace Nestor.Inference.Emitted;

/// <summary>The registers that the operating system saves when threads take turns; others must not be used.</summary>
internal static unsafe class SavedRegisters
{
    // XCR0: xmm, upper halves of ymm, masks, upper halves of zmm0 to 15, zmm16 to 31.
    private const int Avx512 = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7;

    /// <summary>Whether all 32 vector registers are saved in full; false also if no code can be emitted to ask.</summary>
    public static bool IncludeVectorsOf512Bits()
    {
        var code = new Assembler();
        code.Mov(Register.Rcx, 0);
        code.Xgetbv();
        code.Ret();
        var read = ExecutableMemory.Place(code.ToArray());
        return read is not null && (((delegate* unmanaged<int>)read)() & Avx512) == Avx512;
    }
}
