using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Nestor.Formats;

/// <summary>A tensor to be written: what it is, and how its bytes are streamed when their turn comes.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Write">Writes exactly the tensor's bytes: row-major, little-endian, packed.</param>
public sealed record TensorSource(string Name, TensorType Type, ImmutableArray<long> Shape, Action<Stream> Write)
{
    /// <summary>The tensor begins at a multiple of this many bytes in the file; its size must be one too.</summary>
    internal int Alignment { get; init; } = Type.Size;

    /// <summary>Whether it will be used where it is mapped, for which it is aligned to more than its elements.</summary>
    internal bool IsPacked => Alignment > Type.Size;

    /// <summary>Bytes of the tensor.</summary>
    /// <exception cref="ArgumentException">No tensor can have the shape.</exception>
    internal long ByteCount => TensorShape.TryCount(Shape.AsSpan(), Type, out var count) && count * Type.Size % Alignment == 0
        ? count * Type.Size
        : throw new ArgumentException($"The tensor {Name} cannot have the shape {TensorShape.Print(Shape)}.");

    /// <summary>A tensor of an open store, unchanged. The store must stay open until it is written.</summary>
    public static TensorSource Of(TensorView view) => new(view.Name, view.Type, view.Shape, view.WriteTo);

    /// <summary>32-bit floats in memory.</summary>
    public static TensorSource Of(string name, ReadOnlyMemory<float> values, params ReadOnlySpan<long> shape) =>
        new(name, TensorType.F32, [.. shape], stream => stream.Write(MemoryMarshal.AsBytes(values.Span)));
}
