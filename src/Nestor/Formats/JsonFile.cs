using System.Text.Json;
using System.Text.Unicode;

namespace Nestor.Formats;

/// <summary>A JSON file from outside: of a limited size, in UTF-8, an object, without duplicate keys.</summary>
internal static class JsonFile
{
    private const int LongestFile = 64 << 20;

    /// <summary>What some editors put before the text.</summary>
    public static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>Reads a file's object into what it means.</summary>
    /// <exception cref="NestorException">The file cannot be read, is too long, or is not such a JSON file.</exception>
    public static T Read<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            ReadOnlyMemory<byte> json = ReadBytes(path);
            if (json.Span.StartsWith(ByteOrderMark))
                json = json[ByteOrderMark.Length..];
            if (!Utf8.IsValid(json.Span))
                throw new NestorException($"The file '{path}' is not UTF-8 text; save it as UTF-8 JSON.");
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? read(document.RootElement)
                : throw new NestorException($"The file '{path}' holds a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()}; an object was wanted.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with half a surrogate pair, found when it is turned into a string.
            throw new NestorException($"The file '{path}' is not valid JSON: {Quoted.OneLine(error.Message)}", error);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }

    /// <summary>Reads no more than the length the file has at the start, so that a device that never ends is an empty file.</summary>
    /// <exception cref="NestorException">The file is too long. What the operating system says passes through.</exception>
    public static byte[] ReadBytes(string path, int longest = LongestFile)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        var length = RandomAccess.GetLength(stream.SafeFileHandle);
        if (length > longest)
            throw new NestorException($"The file '{path}' is {length} bytes long; such a JSON file has at most {longest}.");
        var bytes = new byte[length];
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }
}
