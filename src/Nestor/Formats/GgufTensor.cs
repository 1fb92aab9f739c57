using System.Collections.Immutable;

namespace Nestor.Formats;

/// <summary>A tensor to be written to a GGUF file: what it is, and how its bytes are streamed when their turn comes.</summary>
/// <param name="Name">The name in the file, at most 63 bytes.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Sizes, outermost first (the file has them innermost first); the innermost one is a whole number of blocks.</param>
/// <param name="Write">Writes exactly the tensor's bytes.</param>
internal sealed record GgufTensor(string Name, GgufType Type, ImmutableArray<long> Shape, Action<Stream> Write)
{
    /// <summary>Bytes of the tensor, without the padding behind it.</summary>
    /// <exception cref="ArgumentException">The rows are not whole blocks.</exception>
    public long ByteCount
    {
        get
        {
            if (Shape.IsEmpty || Shape.Any(size => size <= 0) || Shape[^1] % Type.BlockElements != 0)
                throw new ArgumentException($"The tensor {Name} cannot have the shape {TensorShape.Print(Shape)} in {Type.GgufName}, whose rows are blocks of {Type.BlockElements}.");
            return Shape.Aggregate(1L, (count, size) => checked(count * size)) / Type.BlockElements * Type.BlockBytes;
        }
    }
}
