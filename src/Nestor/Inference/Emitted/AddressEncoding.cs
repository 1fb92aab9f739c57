namespace Nestor.Inference.Emitted;

/// <summary>The ModRM byte, the SIB byte and the displacement that name an operand.</summary>
/// <remarks>Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, section 2.1.5; for the 8-bit displacement of EVEX, 2.7.5.</remarks>
internal static class AddressEncoding
{
    private const int SibFollows = 0b100, NoIndex = 0b100, DisplacementRequired = 0b101;

    /// <summary>Appends an operand that is a register.</summary>
    /// <param name="code">Where the bytes go.</param>
    /// <param name="field">The other operand, or what extends the opcode; its lower 3 bits count.</param>
    /// <param name="register">Number of the register; its lower 3 bits count.</param>
    public static void AddRegister(CodeBuffer code, int field, int register) => code.Add((byte)(0b11 << 6 | (field & 7) << 3 | register & 7));

    /// <summary>Appends an operand in memory.</summary>
    /// <param name="code">Where the bytes go.</param>
    /// <param name="field">The other operand, or what extends the opcode; its lower 3 bits count.</param>
    /// <param name="address">The operand.</param>
    /// <param name="unit">Bytes that an 8-bit displacement counts in: 1 except in EVEX.</param>
    public static void AddMemory(CodeBuffer code, int field, Memory address, int unit)
    {
        var (register, displacement) = ((int)address.Base & 7, address.Displacement);
        var isShort = displacement % unit == 0 && displacement / unit is >= sbyte.MinValue and <= sbyte.MaxValue;
        var mode = displacement == 0 && register != DisplacementRequired ? 0b00 : isShort ? 0b01 : 0b10;

        var needsSib = address.Index is not null || register == SibFollows;
        code.Add((byte)(mode << 6 | (field & 7) << 3 | (needsSib ? SibFollows : register)));
        if (needsSib)
            code.Add((byte)(ScaleBits(address.Scale) << 6 | IndexBits(address.Index) << 3 | register));

        if (mode == 0b01)
            code.Add((byte)(displacement / unit));
        else if (mode == 0b10)
            code.Add(displacement);
    }

    private static int ScaleBits(int scale) => scale switch
    {
        1 => 0,
        2 => 1,
        4 => 2,
        8 => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(scale), scale, "not 1, 2, 4 or 8"),
    };

    private static int IndexBits(Register? index) => index switch
    {
        Register.Rsp => throw new ArgumentException("rsp cannot be an index"),
        null => NoIndex,
        _ => (int)index & 7,
    };
}
