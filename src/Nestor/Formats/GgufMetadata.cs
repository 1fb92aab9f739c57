using System.Text;

namespace Nestor.Formats;

/// <summary>Key-value pairs of a GGUF file, in the order they were added.</summary>
internal sealed class GgufMetadata
{
    private readonly MemoryStream bytes = new();
    private readonly HashSet<string> keys = new(StringComparer.Ordinal);

    /// <summary>Number of pairs.</summary>
    public int Count => keys.Count;

    /// <summary>Adds a 32-bit unsigned integer.</summary>
    public void Add(string key, uint value) => Add(key, GgufValueType.UInt32, writer => writer.Write(value));

    /// <summary>Adds a 32-bit float.</summary>
    public void Add(string key, float value) => Add(key, GgufValueType.Float32, writer => writer.Write(value));

    /// <summary>Adds a truth value.</summary>
    public void Add(string key, bool value) => Add(key, GgufValueType.Bool, writer => writer.Write(value));

    /// <summary>Adds a text.</summary>
    public void Add(string key, string value) => Add(key, GgufValueType.Text, writer => Write(writer, value));

    /// <summary>Adds an array of 32-bit signed integers.</summary>
    public void Add(string key, IReadOnlyCollection<int> values) => Add(key, values, GgufValueType.Int32, (writer, value) => writer.Write(value));

    /// <summary>Adds an array of 32-bit floats.</summary>
    public void Add(string key, IReadOnlyCollection<float> values) => Add(key, values, GgufValueType.Float32, (writer, value) => writer.Write(value));

    /// <summary>Adds an array of texts.</summary>
    public void Add(string key, IReadOnlyCollection<string> values) => Add(key, values, GgufValueType.Text, Write);

    /// <summary>Writes the pairs as they lie in a file.</summary>
    internal void WriteTo(Stream stream) => bytes.WriteTo(stream);

    /// <summary>A text as it lies in a file: a 64-bit length, then UTF-8.</summary>
    internal static void Write(BinaryWriter writer, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)utf8.Length);
        writer.Write(utf8);
    }

    private void Add<T>(string key, IReadOnlyCollection<T> values, GgufValueType type, Action<BinaryWriter, T> write) => Add(key, GgufValueType.Array, writer =>
    {
        writer.Write((uint)type);
        writer.Write((ulong)values.Count);
        foreach (var value in values)
            write(writer, value);
    });

    private void Add(string key, GgufValueType type, Action<BinaryWriter> write)
    {
        if (!keys.Add(key))
            throw new ArgumentException($"The key {key} has a value already.", nameof(key));
        using var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true);
        Write(writer, key);
        writer.Write((uint)type);
        write(writer);
    }
}
