using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Nestor.Formats.Onnx;

/// <summary>A tensor that an ONNX model holds (<c>TensorProto</c>): what it is, and how its bytes are streamed when their turn comes.</summary>
/// <param name="Name">The name in the graph.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Write">Writes exactly the tensor's bytes: row-major, little-endian, packed.</param>
internal sealed record OnnxTensor(string Name, OnnxType Type, ImmutableArray<long> Shape, Action<Stream> Write)
{
    // Fields of TensorProto and of StringStringEntryProto.
    private const int Dims = 1, DataType = 2, NameField = 8, RawData = 9, ExternalData = 13, DataLocation = 14, Key = 1, Value = 2;

    private const int External = 1;

    /// <summary>Bytes of the elements.</summary>
    public long ByteCount => Shape.Aggregate(1L, (count, size) => checked(count * size)) * (Type == OnnxType.Int64 ? sizeof(long) : sizeof(float));

    /// <summary>Whole numbers.</summary>
    public static OnnxTensor Of(string name, ImmutableArray<long> shape, long[] values) =>
        new(name, OnnxType.Int64, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));

    /// <summary>Floats.</summary>
    public static OnnxTensor Of(string name, ImmutableArray<long> shape, float[] values) =>
        new(name, OnnxType.Float, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));

    /// <summary>The tensor with its bytes in the model's file.</summary>
    public ProtoMessage Inline() => Description().Add(RawData, ByteCount, Write);

    /// <summary>The tensor with its bytes in another file of the same folder.</summary>
    /// <param name="file">Name of that file.</param>
    /// <param name="offset">Where the bytes begin there.</param>
    public ProtoMessage Outside(string file, long offset)
    {
        var tensor = Description();
        foreach (var (key, value) in new[] { ("location", file), ("offset", Text(offset)), ("length", Text(ByteCount)) })
            tensor.Add(ExternalData, new ProtoMessage().Add(Key, key).Add(Value, value));
        return tensor.Add(DataLocation, External);

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private ProtoMessage Description()
    {
        var tensor = new ProtoMessage();
        foreach (var size in Shape)
            tensor.Add(Dims, size);
        return tensor.Add(DataType, (long)Type).Add(NameField, Name);
    }
}
