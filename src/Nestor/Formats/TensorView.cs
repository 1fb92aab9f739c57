using System.Collections.Immutable;

namespace Nestor.Formats;

/// <summary>A tensor in an open <see cref="TensorStore"/>: its name, type and shape, and its bytes where they lie in the mapped file.</summary>
/// <remarks>
/// Row-major, little-endian, packed. Nothing is copied. The bytes live as long as the store: a view used after
/// <see cref="TensorStore.Dispose"/> throws, but a span or pointer taken before must not be used any more.
/// </remarks>
public readonly unsafe struct TensorView
{
    private readonly MappedFile file;
    private readonly long offset;

    internal TensorView(MappedFile file, long offset, string name, TensorType type, ImmutableArray<long> shape, long count) =>
        (this.file, this.offset, Name, Type, Shape, Count) = (file, offset, name, type, shape, count);

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>Type of the elements.</summary>
    public TensorType Type { get; }

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Number of elements: the product of the shape, 1 for a scalar.</summary>
    public long Count { get; }

    /// <summary>Number of bytes.</summary>
    public long ByteCount => Count * Type.Size;

    /// <summary>Address of the first byte, for tensors of any size. Not aligned to the element in files that other tools wrote.</summary>
    /// <exception cref="ObjectDisposedException">The store was disposed.</exception>
    public byte* Pointer => file.At(offset);

    /// <summary>The bytes in the mapped file.</summary>
    /// <exception cref="NestorException">The tensor is over 2 GB, more than a span can hold: take its <see cref="Rows"/>, or the <see cref="Pointer"/>.</exception>
    /// <exception cref="ObjectDisposedException">The store was disposed.</exception>
    public ReadOnlySpan<byte> Bytes => ByteCount <= int.MaxValue
        ? new ReadOnlySpan<byte>(Pointer, (int)ByteCount)
        : throw new NestorException($"The tensor {Quoted.Quote(Name)} in '{file.Path}' has {ByteCount} bytes, a span holds at most {int.MaxValue}; read it by rows.");

    /// <summary>Some rows of a tensor with at least one dimension, in place: <c>[first, first + count)</c> of the outermost one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor does not have these rows.</exception>
    public TensorView Rows(long first, long count)
    {
        ArgumentOutOfRangeException.ThrowIfZero(Shape.Length, nameof(Shape));
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Shape[0] - first);
        var row = Shape[0] == 0 ? 0 : Count / Shape[0];
        return new TensorView(file, offset + first * row * Type.Size, Name, Type, Shape.SetItem(0, count), count * row);
    }

    /// <summary>Copies all elements as 32-bit floats: F32, F16 and BF16 exactly, F64 rounded to nearest.</summary>
    /// <param name="destination">At least <see cref="Count"/> long.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="NestorException">The tensor does not hold floats.</exception>
    /// <exception cref="ObjectDisposedException">The store was disposed.</exception>
    public void CopyTo(Span<float> destination)
    {
        if (!Type.IsFloating)
            throw new NestorException($"The tensor {Quoted.Quote(Name)} in '{file.Path}' holds {Type.HeaderName}; F32, F16, BF16 or F64 was wanted.");
        if (destination.Length < Count)
            throw new ArgumentException($"The tensor {Name} has {Count} elements, the destination {destination.Length}.", nameof(destination));
        FloatConversion.Convert(Type, Pointer, destination[..(int)Count]);
    }

    /// <summary>Reads some of the bytes from the file, past the mapping: <see cref="MappedFile.Read"/>.</summary>
    /// <param name="first">The first byte, from the tensor's beginning.</param>
    /// <param name="destination">Takes the bytes; the tensor has as many from <paramref name="first"/> on.</param>
    internal void Read(long first, Span<byte> destination) => file.Read(offset + first, destination);

    /// <summary>Writes the bytes as they are, whatever their number.</summary>
    internal void WriteTo(Stream stream) => KeptBytes.All(this).Write(this, stream);
}
