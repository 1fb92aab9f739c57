using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Nestor.Formats;

/// <summary>A tensor in an open <see cref="GgufFile"/>, in place.</summary>
internal sealed unsafe class GgufTensorView
{
    private readonly MappedFile file;
    private readonly long begin;

    internal GgufTensorView(MappedFile file, long begin, string name, GgufType type, ImmutableArray<long> shape) =>
        (this.file, this.begin, Name, Type, Shape) = (file, begin, name, type, shape);

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>Type of the elements.</summary>
    public GgufType Type { get; }

    /// <summary>Sizes, outermost first; rows are whole blocks.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The tensor in a model folder: floats as they are, quantised blocks as 32-bit floats, which hold them exactly.</summary>
    /// <param name="name">Its name there.</param>
    /// <param name="reorderedHeadSize">Size of the heads whose rows, or elements of a vector, are put into HuggingFace's order; null where nothing changes its order.</param>
    public TensorSource As(string name, int? reorderedHeadSize)
    {
        var stored = Type switch
        {
            GgufType.F16 => TensorType.F16,
            GgufType.BF16 => TensorType.BF16,
            _ => TensorType.F32,
        };
        return new TensorSource(name, stored, Shape, stream => Write(stream, reorderedHeadSize));
    }

    private void Write(Stream stream, int? reorderedHeadSize)
    {
        var columns = Shape.Length == 1 && reorderedHeadSize is not null ? 1 : Shape[^1];
        var rowBytes = columns / Type.BlockElements * Type.BlockBytes;
        var values = new float[Type.BlockElements > 1 ? GgufTypes.QuantizedBlock : 0];
        var rows = Shape.Aggregate(1L, (count, size) => count * size) / columns;
        for (long row = 0; row < rows; row++)
        {
            var source = reorderedHeadSize is { } size ? NeighbourRows.OfHalves(row, size) : row;
            var (start, end) = (begin + source * rowBytes, begin + (source + 1) * rowBytes);
            if (values.Length == 0)
                Copy(stream, start, end);
            for (; values.Length > 0 && start < end; start += Type.BlockBytes)
            {
                GgufBlocks.Decode(Type, new ReadOnlySpan<byte>(file.At(start), Type.BlockBytes), values);
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            }
        }
    }

    private void Copy(Stream stream, long start, long end)
    {
        const int chunk = 1 << 24;
        for (; start < end; start += chunk)
            stream.Write(new ReadOnlySpan<byte>(file.At(start), (int)Math.Min(chunk, end - start)));
    }
}
