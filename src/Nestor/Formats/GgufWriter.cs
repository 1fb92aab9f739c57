using System.Text;

namespace Nestor.Formats;

/// <summary>Writes GGUF files of version 3, one tensor in memory at a time.</summary>
/// <remarks>
/// Little-endian: <c>GGUF</c>, u32 version, u64 tensors, u64 pairs; the pairs; for each tensor its name, u32 dimensions, u64 sizes
/// innermost first, u32 type, u64 offset; then the data, every tensor at a multiple of 32 bytes from its beginning. The format is
/// that of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
/// </remarks>
internal static class GgufWriter
{
    internal const int Version = 3, Alignment = 32, LongestName = 63;

    /// <summary>Writes a file: complete under its name or not at all (<see cref="AtomicFile"/>).</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="metadata">What the file says of itself.</param>
    /// <param name="tensors">What to write, in this order; names must differ.</param>
    /// <exception cref="NestorException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">Two tensors have one name, a name is too long, or a shape is not whole blocks.</exception>
    /// <exception cref="InvalidOperationException">A source wrote another number of bytes than its shape has.</exception>
    public static void Write(string path, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        var header = Header(metadata, tensors);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            Pad(stream);
            foreach (var tensor in tensors)
            {
                var start = stream.Position;
                tensor.Write(stream);
                if (stream.Position - start != tensor.ByteCount)
                    throw new InvalidOperationException($"The source of tensor {tensor.Name} wrote {stream.Position - start} bytes, {tensor.Type.GgufName} {TensorShape.Print(tensor.Shape)} has {tensor.ByteCount}.");
                Pad(stream);
            }
        }, header.Length + tensors.Sum(tensor => tensor.ByteCount));
    }

    private static byte[] Header(GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var header = new MemoryStream();
        using var writer = new BinaryWriter(header);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        metadata.WriteTo(header);

        ulong offset = 0;
        foreach (var tensor in tensors)
        {
            if (!names.Add(tensor.Name) || Encoding.UTF8.GetByteCount(tensor.Name) > LongestName)
                throw new ArgumentException($"The name {tensor.Name} is taken or longer than {LongestName} bytes.", nameof(tensors));
            GgufMetadata.Write(writer, tensor.Name);
            writer.Write(tensor.Shape.Length);
            foreach (var size in tensor.Shape.Reverse())
                writer.Write((ulong)size);
            writer.Write(tensor.Type.Number);
            writer.Write(offset);
            offset += (ulong)Padded(tensor.ByteCount);
        }

        return header.ToArray();
    }

    private static long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream) => stream.Write(stackalloc byte[(int)(Padded(stream.Position) - stream.Position)]);
}
