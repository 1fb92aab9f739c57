namespace Nestor.Formats;

/// <summary>Tensors in safetensors files, mapped into memory: opening costs the header, reading costs the pages touched.</summary>
/// <remarks>
/// Everything a file claims is checked when it is opened. The files must not be cut short while the store is open; replacing them
/// by a rename, as <see cref="AtomicFile"/> and <see cref="SafetensorsWriter"/> do, is safe. Reading from several threads is safe
/// until <see cref="Dispose"/>.
/// </remarks>
public sealed class TensorStore : IDisposable
{
    /// <summary>The weights' name in a model folder that is not sharded.</summary>
    internal const string FileName = "model.safetensors";

    private readonly List<MappedFile> files = [];
    private readonly Dictionary<string, (MappedFile File, TensorEntry Entry)> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private bool disposed;

    private TensorStore(string path) => Path = path;

    /// <summary>What was opened: a file, or the index of a sharded model.</summary>
    public string Path { get; }

    /// <summary>The tensors' names in the order of the file.</summary>
    public IReadOnlyCollection<string> Names => tensors.Keys;

    /// <summary>Text that the writer left about the file; of shards with the same key, the first one's.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens a <c>.safetensors</c> file, an index of shards, or a folder with <c>model.safetensors</c> or <c>model.safetensors.index.json</c> (the file wins).</summary>
    /// <exception cref="NestorException">There is no such file, or it or one of its shards is damaged.</exception>
    public static TensorStore Open(string path)
    {
        var store = new TensorStore(Directory.Exists(path) ? InFolder(path) : path);
        try
        {
            if (store.Path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
                store.AddShards(ShardIndex.Read(store.Path));
            else
                store.Add(store.Path, wanted: null);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Whether a tensor has the name.</summary>
    public bool Contains(string name) => tensors.ContainsKey(name);

    /// <summary>The tensor of a name, in place.</summary>
    /// <exception cref="NestorException">No tensor has the name.</exception>
    /// <exception cref="ObjectDisposedException">The store was disposed.</exception>
    public TensorView Get(string name)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (!tensors.TryGetValue(name, out var found))
            throw new NestorException($"'{Path}' holds no tensor '{name}'.");
        var (file, entry) = found;
        return new TensorView(file, entry.Begin, entry.Name, entry.Type, entry.Shape, entry.Count);
    }

    /// <summary>The tensor of a name, in place, if it has the wanted shape.</summary>
    /// <exception cref="NestorException">No tensor has the name, or it has another shape.</exception>
    /// <exception cref="ObjectDisposedException">The store was disposed.</exception>
    public TensorView Get(string name, params ReadOnlySpan<long> shape)
    {
        var view = Get(name);
        return view.Shape.AsSpan().SequenceEqual(shape)
            ? view
            : throw new NestorException($"The tensor '{name}' in '{tensors[name].File.Path}' has the shape {TensorShape.Print(view.Shape)}; {TensorShape.Print(shape)} was wanted.");
    }

    /// <summary>Unmaps the files. Views throw from now on; spans and pointers taken before must not be used.</summary>
    public void Dispose()
    {
        disposed = true;
        foreach (var file in files)
            file.Dispose();
    }

    private static string InFolder(string folder)
    {
        var file = System.IO.Path.Combine(folder, FileName);
        var index = System.IO.Path.Combine(folder, ShardIndex.FileName);
        return File.Exists(file) ? file
            : File.Exists(index) ? index
            : throw new NestorException($"The folder '{folder}' holds neither {FileName} nor {ShardIndex.FileName}; choose a model folder.");
    }

    private void AddShards(Dictionary<string, string> shards)
    {
        var folder = System.IO.Path.GetDirectoryName(Path) ?? "";
        foreach (var shard in shards.GroupBy(entry => entry.Value, entry => entry.Key, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var path = System.IO.Path.Combine(folder, shard.Key);
            if (!File.Exists(path))
                throw new NestorException($"The index '{Path}' names the file {Quoted.Quote(shard.Key)}, which is not in its folder; fetch the missing shard.");
            Add(path, shard.ToHashSet(StringComparer.Ordinal));
        }
    }

    /// <summary>Adds a file's tensors: the wanted ones, which must all be there, or all. The index is the table of contents: what a shard holds beside it is left alone.</summary>
    private void Add(string path, HashSet<string>? wanted)
    {
        var file = MappedFile.Open(path, SafetensorsHeader.LengthBytes);
        files.Add(file);
        var header = SafetensorsHeader.Read(file);
        foreach (var (key, value) in header.Metadata)
            metadata.TryAdd(key, value);
        foreach (var entry in header.Tensors)
        {
            if (wanted is null || wanted.Remove(entry.Name))
                tensors.Add(entry.Name, (file, entry));
        }

        if (wanted is { Count: > 0 })
            throw new NestorException($"The index '{Path}' puts tensor {Quoted.Quote(wanted.First())} into '{path}', which does not hold it.");
    }
}
