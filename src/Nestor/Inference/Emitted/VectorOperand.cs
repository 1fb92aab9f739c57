namespace Nestor.Inference.Emitted;

/// <summary>The last source of a vector instruction: a register, a vector in memory, or one number in memory for every lane.</summary>
internal readonly struct VectorOperand
{
    private VectorOperand(int register, Memory address, bool inMemory, bool broadcast)
    {
        Register = register;
        Address = address;
        IsMemory = inMemory;
        IsBroadcast = broadcast;
    }

    /// <summary>Number of the register, where it is one.</summary>
    public int Register { get; }

    /// <summary>The address, where it is in memory.</summary>
    public Memory Address { get; }

    /// <summary>Whether it is in memory.</summary>
    public bool IsMemory { get; }

    /// <summary>Whether the 32 bits at the address stand for every lane.</summary>
    public bool IsBroadcast { get; }

    /// <summary>The 32 bits at an address, for every lane.</summary>
    public static VectorOperand Broadcast(Memory address) => new(0, address, inMemory: true, broadcast: true);

    public static implicit operator VectorOperand(Zmm register) => new(register.Number, default, inMemory: false, broadcast: false);

    public static implicit operator VectorOperand(Ymm register) => new(register.Number, default, inMemory: false, broadcast: false);

    public static implicit operator VectorOperand(Memory address) => new(0, address, inMemory: true, broadcast: false);
}
