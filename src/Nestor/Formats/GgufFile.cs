using System.Collections.Immutable;

namespace Nestor.Formats;

/// <summary>A GGUF file, mapped into memory: opening costs the header, and everything it claims is checked then.</summary>
/// <remarks>The layout is that of <see cref="GgufWriter"/>; versions 2 and 3 are the same where they are little-endian.</remarks>
internal sealed class GgufFile : IDisposable
{
    private const int OldestVersion = 2, MostDimensions = 4, LongestKey = 1 << 16;

    // The least a pair (length, type, a byte) and a tensor (length, dimensions, one size, type, offset) take.
    private const int LeastPair = 8 + 4 + 1, LeastTensor = 8 + 4 + 8 + 4 + 8;

    private readonly MappedFile file;
    private readonly Dictionary<string, GgufValue> metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GgufTensorView> tensors = new(StringComparer.Ordinal);

    private GgufFile(MappedFile file) => this.file = file;

    /// <summary>The file.</summary>
    public string Path => file.Path;

    /// <summary>What the file says of itself, by key.</summary>
    public IReadOnlyDictionary<string, GgufValue> Metadata => metadata;

    /// <summary>The tensors, by name.</summary>
    public IReadOnlyDictionary<string, GgufTensorView> Tensors => tensors;

    /// <summary>Opens a file.</summary>
    /// <exception cref="NestorException">The file cannot be read, is damaged, or holds tensors of a type that Nestor does not read.</exception>
    public static GgufFile Open(string path)
    {
        var opened = new GgufFile(MappedFile.Open(path, atLeast: 4));
        try
        {
            opened.ReadHeader();
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Unmaps the file; tensors must not be read any more.</summary>
    public void Dispose() => file.Dispose();

    private void ReadHeader()
    {
        var cursor = new GgufCursor(file);
        if (cursor.Read<uint>("its first bytes") != BitConverter.ToUInt32("GGUF"u8))
            throw Damaged("it does not begin with GGUF");
        var version = cursor.Read<uint>("its version");
        if (version is < OldestVersion or > GgufWriter.Version)
            throw Damaged($"its version is {version}, {OldestVersion} and {GgufWriter.Version} are read{(version > ushort.MaxValue ? "; it may be written for big-endian machines" : "")}");
        var tensorCount = cursor.Count("tensors", LeastTensor);
        var pairCount = cursor.Count("pairs", LeastPair);
        for (long i = 0; i < pairCount; i++)
        {
            var key = cursor.Text("a key", LongestKey);
            if (!metadata.TryAdd(key, GgufValue.Read(file, cursor, key)))
                throw Damaged($"the key {Quoted.Quote(key)} appears twice");
        }

        var found = new List<(string Name, ImmutableArray<long> Shape, uint Type, ulong Offset)>();
        for (long i = 0; i < tensorCount; i++)
            found.Add(ReadTensor(cursor));
        Place(found, cursor.Position);
    }

    private (string Name, ImmutableArray<long> Shape, uint Type, ulong Offset) ReadTensor(GgufCursor cursor)
    {
        var name = cursor.Text("a tensor's name", LongestKey);
        var dimensions = cursor.Read<uint>("a tensor's shape");
        if (dimensions is 0 or > MostDimensions)
            throw Damaged($"tensor {Quoted.Quote(name)} has {dimensions} dimensions, 1 to {MostDimensions} were wanted");
        var shape = new long[dimensions];
        var count = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            // The smallest type holds two elements in a byte.
            var size = cursor.Read<ulong>("a tensor's shape");
            if (size == 0 || size > (ulong)(2 * file.Length / count))
                throw Damaged($"tensor {Quoted.Quote(name)} has the size {size}, which a file of {file.Length} bytes cannot hold");
            shape[i] = (long)size;
            count *= shape[i];
        }

        return (name, [.. shape], cursor.Read<uint>("a tensor's type"), cursor.Read<ulong>("a tensor's offset"));
    }

    /// <summary>Every tensor begins at a multiple of the alignment, lies inside the file, and has its bytes for itself.</summary>
    private void Place(List<(string Name, ImmutableArray<long> Shape, uint Type, ulong Offset)> found, long headerEnd)
    {
        var alignment = metadata.TryGetValue("general.alignment", out var value) ? value.Int32 : GgufWriter.Alignment;
        if (alignment <= 0 || !long.IsPow2(alignment))
            throw Damaged($"its alignment is {alignment}, a power of two was wanted");
        var dataStart = (headerEnd + alignment - 1) / alignment * alignment;
        var end = dataStart;
        foreach (var (name, shape, number, offset) in found.OrderBy(tensor => tensor.Offset))
        {
            var type = GgufTypes.Find(number)
                ?? throw new NestorException($"Tensor {Quoted.Quote(name)} of '{Path}' is of the type {number} of GGUF; Nestor reads {string.Join(", ", Enum.GetValues<GgufType>().Select(type => type.GgufName))}. Fetch the model in one of them.");
            if (shape[^1] % type.BlockElements != 0)
                throw Damaged($"the rows of tensor {Quoted.Quote(name)} have {shape[^1]} elements, {type.GgufName} has blocks of {type.BlockElements}");
            if (offset % (ulong)alignment != 0)
                throw Damaged($"tensor {Quoted.Quote(name)} begins at byte {offset} of the data, a multiple of {alignment} was wanted");
            var bytes = shape.Aggregate(1L, (count, size) => count * size) / type.BlockElements * type.BlockBytes;
            if (offset > (ulong)file.Length || dataStart + (long)offset > file.Length - bytes)
                throw Damaged($"tensor {Quoted.Quote(name)} has {bytes} bytes from byte {offset} of the data on, the file ends before; it is cut short");
            if (dataStart + (long)offset < end)
                throw Damaged($"tensor {Quoted.Quote(name)} begins inside another one");
            end = dataStart + (long)offset + bytes;
            if (!tensors.TryAdd(name, new GgufTensorView(file, dataStart + (long)offset, name, type, shape)))
                throw Damaged($"the tensor {Quoted.Quote(name)} appears twice");
        }
    }

    private NestorException Damaged(string problem) => GgufCursor.Damaged(file, problem);
}
