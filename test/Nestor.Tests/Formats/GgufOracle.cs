using System.Text;

namespace Nestor.Tests.Formats;

/// <summary>A GGUF file read whole, by the words of the format's description and nothing of the writer's.</summary>
internal sealed class GgufOracle
{
    private const int Block = 32;

    private readonly byte[] bytes;

    public GgufOracle(string path)
    {
        bytes = File.ReadAllBytes(path);
        using var reader = new BinaryReader(new MemoryStream(bytes));
        Assert.Equal("GGUF", Encoding.ASCII.GetString(reader.ReadBytes(4)));
        Assert.Equal(3u, reader.ReadUInt32());
        var (tensors, pairs) = (reader.ReadUInt64(), reader.ReadUInt64());
        for (ulong i = 0; i < pairs; i++)
            Metadata.Add(Text(reader), Value(reader, reader.ReadUInt32()));
        for (ulong i = 0; i < tensors; i++)
        {
            var name = Text(reader);
            var sizes = Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt64()).ToArray();
            Tensors.Add(name, (sizes, reader.ReadUInt32(), reader.ReadInt64()));
        }

        DataStart = (reader.BaseStream.Position + Block - 1) / Block * Block;
    }

    public Dictionary<string, object> Metadata { get; } = [];

    /// <summary>Sizes innermost first, type number and offset into the data.</summary>
    public Dictionary<string, (long[] Sizes, uint Type, long Offset)> Tensors { get; } = [];

    public long DataStart { get; }

    public long Length => bytes.Length;

    /// <summary>A tensor's bytes in the file.</summary>
    public static long ByteCount(long[] sizes, uint type)
    {
        var count = sizes.Aggregate(1L, (a, b) => a * b);
        return type switch
        {
            0 => 4 * count,
            1 or 30 => 2 * count,
            2 => count / Block * 18,
            8 => count / Block * 34,
            _ => throw new InvalidDataException($"type {type}"),
        };
    }

    /// <summary>A tensor's elements, dequantised.</summary>
    public float[] Values(string name)
    {
        var (sizes, type, offset) = Tensors[name];
        return Values(bytes.AsSpan((int)(DataStart + offset), (int)ByteCount(sizes, type)), type);
    }

    /// <summary>Elements of a type, dequantised.</summary>
    public static float[] Values(ReadOnlySpan<byte> data, uint type)
    {
        var values = new List<float>();
        switch (type)
        {
            case 0:
                for (; !data.IsEmpty; data = data[4..])
                    values.Add(BitConverter.ToSingle(data));
                break;
            case 1:
                for (; !data.IsEmpty; data = data[2..])
                    values.Add((float)BitConverter.ToHalf(data));
                break;
            case 30:
                for (; !data.IsEmpty; data = data[2..])
                    values.Add(BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(data) << 16));
                break;
            case 8:
                for (; !data.IsEmpty; data = data[34..])
                {
                    for (var i = 0; i < Block; i++)
                        values.Add((float)BitConverter.ToHalf(data) * (sbyte)data[2 + i]);
                }

                break;
            case 2:
                for (; !data.IsEmpty; data = data[18..])
                {
                    for (var i = 0; i < Block; i++)
                        values.Add((float)BitConverter.ToHalf(data) * (((data[2 + i % 16] >> (i / 16 * 4)) & 15) - 8));
                }

                break;
            default:
                throw new InvalidDataException($"type {type}");
        }

        return [.. values];
    }

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));

    private static object Value(BinaryReader reader, uint type) => type switch
    {
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadByte() == 1,
        8 => Text(reader),
        9 => Items(reader, reader.ReadUInt32()),
        _ => throw new InvalidDataException($"value type {type}"),
    };

    private static object[] Items(BinaryReader reader, uint type) => [.. Enumerable.Range(0, (int)reader.ReadUInt64()).Select(_ => Value(reader, type))];
}
