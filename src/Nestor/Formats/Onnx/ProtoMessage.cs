using System.Buffers.Binary;
using System.Text;

namespace Nestor.Formats.Onnx;

/// <summary>A message of Protocol Buffers that is about to be written. Large fields are streamed when their turn comes.</summary>
/// <remarks>
/// Each field is a key, its number and wire type, and a value: a varint (0), or a length and bytes (2), or four bytes (5).
/// The encoding is that of https://protobuf.dev/programming-guides/encoding.
/// </remarks>
internal sealed class ProtoMessage
{
    private const int Varint = 0, Bytes = 2, FourBytes = 5;

    private readonly List<Action<Stream>> parts = [];

    /// <summary>Bytes of the message, without a length before it.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a whole number. Negative ones take ten bytes.</summary>
    public ProtoMessage Add(int field, long value) => Add([.. Number(Key(field, Varint)), .. Number((ulong)value)]);

    /// <summary>Adds a 32-bit float.</summary>
    public ProtoMessage Add(int field, float value)
    {
        var bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return Add([.. Number(Key(field, FourBytes)), .. bytes]);
    }

    /// <summary>Adds a text.</summary>
    public ProtoMessage Add(int field, string text) => Add(field, Encoding.UTF8.GetBytes(text));

    /// <summary>Adds bytes.</summary>
    public ProtoMessage Add(int field, byte[] bytes) => Add(field, bytes.Length, stream => stream.Write(bytes));

    /// <summary>Adds a message that is complete: what is added to it later is not written rightly.</summary>
    public ProtoMessage Add(int field, ProtoMessage message) => Add(field, message.Length, message.WriteTo);

    /// <summary>Adds bytes that are streamed.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="length">Bytes there will be.</param>
    /// <param name="write">Writes exactly so many.</param>
    public ProtoMessage Add(int field, long length, Action<Stream> write)
    {
        Add([.. Number(Key(field, Bytes)), .. Number((ulong)length)]);
        parts.Add(write);
        Length += length;
        return this;
    }

    /// <summary>Adds the fields of a message that is complete.</summary>
    public ProtoMessage Append(ProtoMessage message)
    {
        parts.Add(message.WriteTo);
        Length += message.Length;
        return this;
    }

    /// <summary>Writes the message.</summary>
    public void WriteTo(Stream stream)
    {
        foreach (var write in parts)
            write(stream);
    }

    private ProtoMessage Add(byte[] bytes)
    {
        parts.Add(stream => stream.Write(bytes));
        Length += bytes.Length;
        return this;
    }

    private static ulong Key(int field, int wireType) => ((ulong)field << 3) | (uint)wireType;

    /// <summary>Seven bits in each byte, lowest first; all but the last byte have the highest bit set.</summary>
    private static List<byte> Number(ulong value)
    {
        var bytes = new List<byte>(1);
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}
