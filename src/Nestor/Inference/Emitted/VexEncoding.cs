namespace Nestor.Inference.Emitted;

/// <summary>The three-byte prefix of AVX and AMX and what follows it, for the opcode map <c>0F38</c> and W = 0.</summary>
/// <remarks>Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, section 2.3.5. Bits that extend register numbers are stored inverted.</remarks>
internal static class VexEncoding
{
    private const int Map0F38 = 2;

    /// <summary>Appends one instruction of registers.</summary>
    /// <param name="code">Where the bytes go.</param>
    /// <param name="prefix">The prefix it stands for: 0 for none, 1 for <c>66</c>, 2 for <c>F3</c>, 3 for <c>F2</c>.</param>
    /// <param name="opcode">The opcode.</param>
    /// <param name="field">Number of the register in the ModRM byte's middle field, below 8.</param>
    /// <param name="named">Number of the register that the prefix names, below 8; 0 where the instruction has none.</param>
    /// <param name="last">Number of the last register, below 8.</param>
    public static void Add(CodeBuffer code, int prefix, byte opcode, int field, int named, int last)
    {
        AddPrefix(code, prefix, opcode, named, indexHigh: 0, baseHigh: 0);
        AddressEncoding.AddRegister(code, field, last);
    }

    /// <summary>Appends one instruction with an operand in memory.</summary>
    /// <param name="code">Where the bytes go.</param>
    /// <param name="prefix">The prefix it stands for, as above.</param>
    /// <param name="opcode">The opcode.</param>
    /// <param name="field">Number of the register in the ModRM byte's middle field, below 8.</param>
    /// <param name="last">The operand in memory.</param>
    public static void Add(CodeBuffer code, int prefix, byte opcode, int field, Memory last)
    {
        AddPrefix(code, prefix, opcode, named: 0, (int)(last.Index ?? Register.Rax) >> 3, (int)last.Base >> 3);
        AddressEncoding.AddMemory(code, field, last, 1);
    }

    private static void AddPrefix(CodeBuffer code, int prefix, byte opcode, int named, int indexHigh, int baseHigh)
    {
        code.Add((byte)0xC4);
        code.Add((byte)(1 << 7 | (~indexHigh & 1) << 6 | (~baseHigh & 1) << 5 | Map0F38));
        code.Add((byte)((~named & 15) << 3 | prefix));
        code.Add(opcode);
    }
}
