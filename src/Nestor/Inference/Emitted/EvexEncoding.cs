namespace Nestor.Inference.Emitted;

/// <summary>The four-byte prefix of AVX-512 and what follows it, for vectors of 512 bits, 32-bit lanes and no mask.</summary>
/// <remarks>Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, section 2.7. Bits that extend register numbers are stored inverted.</remarks>
internal static class EvexEncoding
{
    private const int VectorLength512 = 0b10 << 5, BroadcastBytes = sizeof(int);

    /// <summary>Appends one instruction.</summary>
    /// <param name="code">Where the bytes go.</param>
    /// <param name="opcode">Which instruction.</param>
    /// <param name="field">Number of the register in the ModRM byte's middle field, or what extends the opcode there.</param>
    /// <param name="first">Number of the register that the prefix names; 0 where the instruction has none.</param>
    /// <param name="last">The operand that may be in memory.</param>
    public static void Add(CodeBuffer code, EvexOpcode opcode, int field, int first, VectorOperand last)
    {
        var (highBase, highIndex) = last.IsMemory
            ? ((int)last.Address.Base >> 3, (int)(last.Address.Index ?? Register.Rax) >> 3)
            : (last.Register >> 3 & 1, last.Register >> 4);

        code.Add((byte)0x62);
        code.Add((byte)(Inverted(field >> 3, 7) | Inverted(highIndex, 6) | Inverted(highBase, 5) | Inverted(field >> 4, 4) | opcode.Map));
        code.Add((byte)((~first & 15) << 3 | 1 << 2 | opcode.Prefix));
        code.Add((byte)(VectorLength512 | (last.IsBroadcast ? 1 << 4 : 0) | Inverted(first >> 4, 3)));
        code.Add(opcode.Opcode);

        if (last.IsMemory)
            AddressEncoding.AddMemory(code, field, last.Address, last.IsBroadcast ? BroadcastBytes : opcode.MemoryBytes);
        else
            AddressEncoding.AddRegister(code, field, last.Register);
    }

    private static int Inverted(int bit, int at) => (~bit & 1) << at;
}
