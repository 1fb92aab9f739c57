namespace Nestor.Inference.Emitted;

/// <summary>Writes the x86-64 instructions that the kernels are made of, under the names of the processor manuals.</summary>
/// <remarks>This part has the general instructions; all of them work on 64 bits except where said.</remarks>
internal sealed partial class Assembler
{
    private readonly CodeBuffer code = new();

    /// <summary>Bytes so far.</summary>
    public int Length => code.Length;

    /// <summary>The code with every jump filled in.</summary>
    public byte[] ToArray() => code.ToArray();

    /// <summary>Lets a label stand for this place.</summary>
    public void Place(Label label) => label.Position = Length;

    /// <summary>Loads a register.</summary>
    public void Mov(Register target, Memory source) => AddGeneral(0x8B, (int)target, source);

    /// <summary>Loads 32 bits and clears the upper half.</summary>
    public void Mov(Register target, int value)
    {
        if ((int)target >= 8)
            code.Add((byte)0x41);
        code.Add((byte)(0xB8 + ((int)target & 7)));
        code.Add(value);
    }

    /// <summary>Stores 32 bits.</summary>
    public void Mov(Memory target, int value)
    {
        AddLegacy(0xC7, 0, target);
        code.Add(value);
    }

    /// <summary>Stores how floats are calculated.</summary>
    public void Stmxcsr(Memory target) => AddLegacy0F(0xAE, 3, target);

    /// <summary>Sets how floats are calculated.</summary>
    public void Ldmxcsr(Memory source) => AddLegacy0F(0xAE, 2, source);

    /// <summary>Asks for a line of memory to be brought into all caches.</summary>
    public void Prefetcht0(Memory address) => AddLegacy0F(0x18, 1, address);

    /// <summary>Asks for a line of memory to be brought into all caches but the first-level one.</summary>
    public void Prefetcht1(Memory address) => AddLegacy0F(0x18, 2, address);

    /// <summary>Computes an address.</summary>
    public void Lea(Register target, Memory source) => AddGeneral(0x8D, (int)target, source);

    /// <summary><c>target += source</c>.</summary>
    public void Add(Register target, Register source) => AddGeneral(0x03, (int)target, source);

    /// <summary><c>target += value</c>.</summary>
    public void Add(Register target, int value) => AddImmediate(0, target, value);

    /// <summary><c>target -= value</c>.</summary>
    public void Sub(Register target, int value) => AddImmediate(5, target, value);

    /// <summary>Compares, for the jump that follows.</summary>
    public void Cmp(Register left, int right) => AddImmediate(7, left, right);

    /// <summary>Goes to a label.</summary>
    public void Jmp(Label target)
    {
        code.Add((byte)0xE9);
        code.AddJump(target);
    }

    /// <summary>Goes to a label if the last result was zero, or the last comparison of equals.</summary>
    public void Jz(Label target) => AddJump(0x84, target);

    /// <summary>Goes to a label if the last result was not zero, or the last comparison of unequals.</summary>
    public void Jnz(Label target) => AddJump(0x85, target);

    /// <summary>Reads the extended control register that rcx names into rdx (upper 32 bits) and rax (lower).</summary>
    public void Xgetbv()
    {
        code.Add((byte)0x0F);
        code.Add((byte)0x01);
        code.Add((byte)0xD0);
    }

    /// <summary>Returns.</summary>
    public void Ret() => code.Add((byte)0xC3);

    private void AddGeneral(byte opcode, int field, Register last)
    {
        code.Add((byte)(0x48 | field >> 3 << 2 | (int)last >> 3));
        code.Add(opcode);
        AddressEncoding.AddRegister(code, field, (int)last);
    }

    private void AddGeneral(byte opcode, int field, Memory last)
    {
        code.Add((byte)(0x48 | field >> 3 << 2 | ExtensionsOf(last)));
        code.Add(opcode);
        AddressEncoding.AddMemory(code, field, last, 1);
    }

    private void AddLegacy0F(byte opcode, int field, Memory last)
    {
        AddExtensions(last);
        code.Add((byte)0x0F);
        code.Add(opcode);
        AddressEncoding.AddMemory(code, field, last, 1);
    }

    private void AddLegacy(byte opcode, int field, Memory last)
    {
        AddExtensions(last);
        code.Add(opcode);
        AddressEncoding.AddMemory(code, field, last, 1);
    }

    private void AddExtensions(Memory address)
    {
        var extensions = ExtensionsOf(address);
        if (extensions != 0)
            code.Add((byte)(0x40 | extensions));
    }

    private void AddImmediate(int operation, Register target, int value)
    {
        var isShort = value is >= sbyte.MinValue and <= sbyte.MaxValue;
        code.Add((byte)(0x48 | (int)target >> 3));
        code.Add((byte)(isShort ? 0x83 : 0x81));
        AddressEncoding.AddRegister(code, operation, (int)target);
        if (isShort)
            code.Add((byte)value);
        else
            code.Add(value);
    }

    // The fourth bits of an address's registers, as a REX byte has them.
    private static int ExtensionsOf(Memory address) => (int)(address.Index ?? Register.Rax) >> 3 << 1 | (int)address.Base >> 3;

    private void AddJump(byte opcode, Label target)
    {
        code.Add((byte)0x0F);
        code.Add(opcode);
        code.AddJump(target);
    }
}
