using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;

namespace Nestor.Formats;

/// <summary>One tensor of a safetensors file: what it is and where it lies, in bytes from the start of the file.</summary>
internal readonly record struct TensorEntry(string Name, TensorType Type, ImmutableArray<long> Shape, long Count, long Begin, long End);

/// <summary>The table of contents of a safetensors file, checked completely before anything is read.</summary>
/// <remarks>
/// A file is a 64-bit header length N, N bytes of JSON, then the data. As in the reference implementation the data ranges, in
/// order, start at 0, touch without overlap or hole, and end with the file; each is as long as its type and shape say.
/// </remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference implementation's limit on N, in bytes.</summary>
    public const int LongestHeader = 100_000_000;

    /// <summary>Bytes of N itself.</summary>
    public const int LengthBytes = sizeof(ulong);

    /// <summary>The header's key for text about the file; no tensor can have this name.</summary>
    public const string MetadataKey = "__metadata__";

    private const int MostDimensions = 16;

    private SafetensorsHeader(IReadOnlyList<TensorEntry> tensors, IReadOnlyDictionary<string, string> metadata) =>
        (Tensors, Metadata) = (tensors, metadata);

    /// <summary>The tensors in the order of the header.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>Text about the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads and checks the header of a mapped file of at least <see cref="LengthBytes"/>.</summary>
    /// <exception cref="NestorException">The header breaks a rule of the format.</exception>
    public static unsafe SafetensorsHeader Read(MappedFile file)
    {
        var length = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(file.At(0), LengthBytes));
        if (length > LongestHeader)
            throw Damaged(file, $"it claims a header of {length} bytes, the format allows {LongestHeader}");
        if ((long)length > file.Length - LengthBytes)
            throw Damaged(file, $"it claims a header of {length} bytes, but only {file.Length - LengthBytes} follow");
        var json = new ReadOnlySpan<byte>(file.At(LengthBytes), (int)length);
        if (json is not [(byte)'{', ..])
            throw Damaged(file, "its header does not start with '{'");
        if (!Utf8.IsValid(json))
            throw Damaged(file, "its header is not UTF-8");

        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(file, document.RootElement, LengthBytes + (long)length);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Damaged(file, $"its header is not valid JSON ({Quoted.OneLine(error.Message)})", error);
        }
    }

    private static SafetensorsHeader Read(MappedFile file, JsonElement root, long dataStart)
    {
        var tensors = new List<TensorEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (property.NameEquals(MetadataKey))
                ReadMetadata(file, property.Value, metadata);
            else
                tensors.Add(ReadTensor(file, property.Name, property.Value, dataStart));
        }

        CheckLayout(file, tensors, dataStart);
        return new SafetensorsHeader(tensors, metadata);
    }

    private static void ReadMetadata(MappedFile file, JsonElement value, Dictionary<string, string> metadata)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Damaged(file, $"its {MetadataKey} is {Found(value)}, an object of texts was wanted");
        foreach (var property in value.EnumerateObject())
        {
            metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw Damaged(file, $"its {MetadataKey} has {Found(property.Value)} under {Quoted.Quote(property.Name)}, a text was wanted");
        }
    }

    private static TensorEntry ReadTensor(MappedFile file, string name, JsonElement value, long dataStart)
    {
        NestorException Wrong(string what) => Damaged(file, $"tensor {Quoted.Quote(name)} {what}");

        JsonElement Field(string key) => value.TryGetProperty(key, out var field) ? field : throw Wrong($"has no {key}");

        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong($"is {Found(value)}, an object was wanted");

        var typeName = Field("dtype");
        var type = (typeName.ValueKind == JsonValueKind.String ? TensorTypes.Find(typeName.GetString()!) : null)
            ?? throw Wrong($"has the dtype {Found(typeName)}; Nestor reads {string.Join(", ", Enum.GetValues<TensorType>().Select(t => t.HeaderName))}");

        var shape = Numbers(Field("shape"), MostDimensions)
            ?? throw Wrong($"has the shape {Found(Field("shape"))}, a list of at most {MostDimensions} whole numbers from 0 was wanted");
        if (!TensorShape.TryCount(shape.AsSpan(), type, out var count))
            throw Wrong($"has the shape {TensorShape.Print(shape)}, whose number of bytes no file can hold");

        var offsets = Numbers(Field("data_offsets"), 2);
        if (offsets is not [var begin, var end] || begin > end)
            throw Wrong($"has the data_offsets {Found(Field("data_offsets"))}, [begin, end] in bytes was wanted");
        if (end > file.Length - dataStart)
            throw Wrong($"ends at byte {end} of the data, but the file holds {file.Length - dataStart}; it is cut short");
        if (end - begin != count * type.Size)
            throw Wrong($"has {end - begin} bytes, but {type.HeaderName} {TensorShape.Print(shape)} needs {count * type.Size}");
        return new TensorEntry(name, type, shape, count, dataStart + begin, dataStart + end);
    }

    /// <summary>The ranges touch, from the first byte of the data to the last.</summary>
    private static void CheckLayout(MappedFile file, List<TensorEntry> tensors, long dataStart)
    {
        var end = dataStart;
        foreach (var tensor in tensors.OrderBy(t => t.Begin).ThenBy(t => t.End))
        {
            if (tensor.Begin != end)
                throw Damaged(file, $"tensor {Quoted.Quote(tensor.Name)} begins at byte {tensor.Begin - dataStart} of the data, {(tensor.Begin < end ? "inside" : "away from")} the one before, which ends at {end - dataStart}");
            end = tensor.End;
        }

        if (end != file.Length)
            throw Damaged(file, $"its tensors end at byte {end - dataStart} of the data, but the file holds {file.Length - dataStart}");
    }

    /// <summary>A list of whole numbers from 0, or null.</summary>
    private static ImmutableArray<long>? Numbers(JsonElement value, int most)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > most)
            return null;
        var numbers = ImmutableArray.CreateBuilder<long>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number < 0)
                return null;
            numbers.Add(number);
        }

        return numbers.MoveToImmutable();
    }

    private static string Found(JsonElement value) => Quoted.OneLine(value.GetRawText());

    private static NestorException Damaged(MappedFile file, string problem, Exception? inner = null)
    {
        var message = $"The file '{file.Path}' is not a valid safetensors file: {problem}. Fetch or write it again.";
        return inner is null ? new NestorException(message) : new NestorException(message, inner);
    }
}
