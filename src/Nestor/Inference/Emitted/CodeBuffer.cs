using System.Buffers.Binary;

namespace Nestor.Inference.Emitted;

/// <summary>Machine code in the making: bytes, and jumps whose targets may come later.</summary>
internal sealed class CodeBuffer
{
    private readonly List<byte> bytes = [];
    private readonly List<(int At, Label Target)> jumps = [];

    /// <summary>Bytes so far.</summary>
    public int Length => bytes.Count;

    /// <summary>Appends a byte.</summary>
    public void Add(byte value) => bytes.Add(value);

    /// <summary>Appends 32 bits, lowest byte first.</summary>
    public void Add(int value)
    {
        Span<byte> four = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(four, value);
        bytes.AddRange(four);
    }

    /// <summary>Appends the 32 bits from the end of themselves to a label.</summary>
    public void AddJump(Label target)
    {
        jumps.Add((Length, target));
        Add(0);
    }

    /// <summary>The code with every jump filled in.</summary>
    /// <exception cref="InvalidOperationException">A jump goes to a label that was never placed.</exception>
    public byte[] ToArray()
    {
        var code = bytes.ToArray();
        foreach (var (at, target) in jumps)
            BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(at), target.Position - (at + sizeof(int)));
        return code;
    }
}
