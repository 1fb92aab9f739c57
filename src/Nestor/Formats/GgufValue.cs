namespace Nestor.Formats;

/// <summary>A value of a GGUF file's metadata. It stays in the mapped file until it is asked for.</summary>
internal sealed class GgufValue
{
    /// <summary>Longest text, in bytes: chat templates are some kilobytes.</summary>
    private const int LongestText = 1 << 20;

    private readonly MappedFile file;
    private readonly string key;
    private readonly GgufValueType type;
    private readonly long position;

    private GgufValue(MappedFile file, string key, GgufValueType type, bool isArray, long count, long position) =>
        (this.file, this.key, this.type, IsArray, Count, this.position) = (file, key, type, isArray, count, position);

    /// <summary>Whether the value is an array.</summary>
    public bool IsArray { get; }

    /// <summary>Items of an array; 1 for a single value.</summary>
    public long Count { get; }

    /// <summary>A text.</summary>
    /// <exception cref="NestorException">It is none.</exception>
    public string Text => IsArray ? throw Wrong("a text") : Texts()[0];

    /// <summary>A whole number of 32 bits.</summary>
    /// <exception cref="NestorException">It is none.</exception>
    public int Int32 => IsArray ? throw Wrong("a whole number") : Int32s()[0];

    /// <summary>A finite number.</summary>
    /// <exception cref="NestorException">It is none.</exception>
    public float Number => IsArray ? throw Wrong("a number") : Numbers()[0];

    /// <summary>True or false.</summary>
    /// <exception cref="NestorException">It is neither.</exception>
    public bool Truth => !IsArray && type == GgufValueType.Bool ? Cursor().Read<byte>(key) != 0 : throw Wrong("true or false");

    /// <summary>Reads a value's type and passes over what it holds.</summary>
    /// <exception cref="NestorException">The type is unknown, an array holds arrays, or the file ends before the value does.</exception>
    public static GgufValue Read(MappedFile file, GgufCursor cursor, string key)
    {
        var what = $"the value of {Quoted.Quote(key)}";
        var type = (GgufValueType)cursor.Read<uint>(what);
        var (isArray, count) = (type == GgufValueType.Array, 1L);
        if (isArray)
        {
            type = (GgufValueType)cursor.Read<uint>(what);
            count = cursor.Count($"items of {Quoted.Quote(key)}", Size(type) ?? throw Unknown());
        }

        var size = Size(type) ?? throw Unknown();
        var value = new GgufValue(file, key, type, isArray, count, cursor.Position);
        if (type == GgufValueType.Text)
        {
            for (long i = 0; i < count; i++)
                cursor.Skip(cursor.Count($"bytes of {Quoted.Quote(key)}", leastBytes: 1), what);
        }
        else
        {
            cursor.Skip(count * size, what);
        }

        return value;

        NestorException Unknown() => GgufCursor.Damaged(file, $"{what} has the type {(uint)type}{(isArray ? " in an array" : "")}, which is unknown");
    }

    /// <summary>All texts of an array, or the one.</summary>
    /// <exception cref="NestorException">They are none, or too long.</exception>
    public string[] Texts() => type == GgufValueType.Text ? Items(cursor => cursor.Text(key, LongestText)) : throw Wrong("text");

    /// <summary>All whole numbers of an array, or the one.</summary>
    /// <exception cref="NestorException">They are none, or beyond 32 bits.</exception>
    public int[] Int32s() => Items(cursor =>
    {
        long? number = type switch
        {
            GgufValueType.UInt8 => cursor.Read<byte>(key),
            GgufValueType.Int8 => cursor.Read<sbyte>(key),
            GgufValueType.UInt16 => cursor.Read<ushort>(key),
            GgufValueType.Int16 => cursor.Read<short>(key),
            GgufValueType.UInt32 => cursor.Read<uint>(key),
            GgufValueType.Int32 => cursor.Read<int>(key),
            GgufValueType.UInt64 => (long)Math.Min(cursor.Read<ulong>(key), long.MaxValue),
            GgufValueType.Int64 => cursor.Read<long>(key),
            _ => null,
        };
        return number is >= int.MinValue and <= int.MaxValue ? (int)number : throw Wrong("whole numbers of 32 bits");
    });

    /// <summary>All numbers of an array, or the one, as 32-bit floats.</summary>
    /// <exception cref="NestorException">They are none, or not finite.</exception>
    public float[] Numbers() => Items(cursor =>
    {
        float? number = type switch
        {
            GgufValueType.Float32 => cursor.Read<float>(key),
            GgufValueType.Float64 => (float)cursor.Read<double>(key),
            _ => null,
        };
        return number is { } found && float.IsFinite(found) ? found : throw Wrong("finite numbers");
    });

    private T[] Items<T>(Func<GgufCursor, T> read)
    {
        var cursor = Cursor();
        var items = new T[Count];
        for (long i = 0; i < Count; i++)
            items[i] = read(cursor);
        return items;
    }

    private GgufCursor Cursor() => new(file, position);

    /// <summary>Bytes that an item takes, of a text at least; null for what is no type of an item.</summary>
    private static int? Size(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 or GgufValueType.Text => 8,
        _ => null,
    };

    private NestorException Wrong(string wanted) =>
        new($"The key {Quoted.Quote(key)} in '{file.Path}' is {(IsArray ? $"a list of {Count} of the type" : "of the type")} {type}; {wanted} was wanted.");
}
