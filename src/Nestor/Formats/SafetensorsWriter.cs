using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Nestor.Formats;

/// <summary>Writes safetensors files that every reader of the format takes, one tensor in memory at a time.</summary>
public static class SafetensorsWriter
{
    private const int LeastAlignment = 8;

    /// <summary>
    /// Writes a file: complete under its name or not at all (<see cref="AtomicFile"/>). Tensors keep their order, except that wider
    /// element types come first, so that every tensor is aligned to its elements: the format allows no holes between tensors.
    /// </summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="tensors">What to write; names must differ.</param>
    /// <param name="metadata">Text about the file; <c>format: pt</c>, which other readers want, is added.</param>
    /// <exception cref="NestorException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">Two tensors have one name, or a shape is impossible.</exception>
    /// <exception cref="InvalidOperationException">A source wrote another number of bytes than its shape has.</exception>
    public static void Write(string path, IReadOnlyList<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(t => t.Alignment).ToList();
        var sizes = ordered.ConvertAll(tensor => tensor.ByteCount);
        var header = Header(ordered, sizes, metadata ?? new Dictionary<string, string>());
        var mapped = ordered.Where(tensor => tensor.IsPacked).Sum(tensor => tensor.ByteCount);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var (tensor, size) in ordered.Zip(sizes))
            {
                var start = stream.Position;
                tensor.Write(stream);
                if (stream.Position - start != size)
                    throw new InvalidOperationException($"The source of tensor {tensor.Name} wrote {stream.Position - start} bytes, {tensor.Type.HeaderName} {TensorShape.Print(tensor.Shape)} has {size}.");
            }
        }, mapped);
    }

    /// <summary>Length, JSON, and spaces up to where the first tensor is aligned.</summary>
    private static byte[] Header(List<TensorSource> tensors, List<long> sizes, IReadOnlyDictionary<string, string> metadata)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(SafetensorsHeader.MetadataKey);
            json.WriteString("format", "pt");
            foreach (var (key, value) in metadata.Where(pair => pair.Key != "format"))
                json.WriteString(key, value);
            json.WriteEndObject();

            long begin = 0;
            foreach (var (tensor, size) in tensors.Zip(sizes))
            {
                if (!names.Add(tensor.Name))
                    throw new ArgumentException($"The name {tensor.Name} is taken; give every tensor its own.", nameof(tensors));
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.HeaderName);
                json.WriteStartArray("shape");
                foreach (var length in tensor.Shape)
                    json.WriteNumberValue(length);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(begin);
                json.WriteNumberValue(begin += size);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        var alignment = tensors.Select(tensor => tensor.Alignment).Append(LeastAlignment).Max();
        var padded = (SafetensorsHeader.LengthBytes + buffer.WrittenCount + alignment - 1) / alignment * alignment - SafetensorsHeader.LengthBytes;
        if (padded > SafetensorsHeader.LongestHeader)
            throw new ArgumentException($"{tensors.Count} tensors need a header of {padded} bytes, the format allows {SafetensorsHeader.LongestHeader}.", nameof(tensors));
        var header = new byte[SafetensorsHeader.LengthBytes + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        header.AsSpan(SafetensorsHeader.LengthBytes).Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header.AsSpan(SafetensorsHeader.LengthBytes));
        return header;
    }
}
