namespace Nestor.Inference.Emitted;

/// <summary>The registers that the operating system saves when threads take turns; others must not be used.</summary>
/// <param name="Vectors">All 32 vector registers, in full.</param>
/// <param name="Matrices">Matrix registers and their shapes.</param>
internal readonly record struct SavedRegisters(bool Vectors, bool Matrices)
{
    // XCR0: xmm, upper halves of ymm, masks, upper halves of zmm0 to 15, zmm16 to 31; shapes of matrix registers and their contents.
    private const int Avx512 = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7, Amx = 1 << 17 | 1 << 18;

    /// <summary>Asks the processor; nothing if no code can be emitted to ask.</summary>
    public static unsafe SavedRegisters Read()
    {
        var code = new Assembler();
        code.Mov(Register.Rcx, 0);
        code.Xgetbv();
        code.Ret();
        var read = ExecutableMemory.Place(code.ToArray());
        var saved = read is null ? 0 : ((delegate* unmanaged<int>)read)();
        return new((saved & Avx512) == Avx512, (saved & Amx) == Amx);
    }
}
