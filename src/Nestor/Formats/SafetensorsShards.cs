using System.Globalization;
using System.Text.Json;

namespace Nestor.Formats;

/// <summary>Writes the weights of a model folder: one file, or several of a limited size and the index that tells which holds what.</summary>
internal static class SafetensorsShards
{
    /// <summary>Groups tensors, in their order, into files whose tensors have at most <paramref name="mostBytes"/>; a larger tensor has a file of its own.</summary>
    public static IReadOnlyList<IReadOnlyList<TensorSource>> Split(IEnumerable<TensorSource> tensors, long mostBytes)
    {
        var shards = new List<List<TensorSource>>();
        long filled = 0;
        foreach (var tensor in tensors)
        {
            var bytes = tensor.ByteCount;
            if (shards.Count == 0 || bytes > mostBytes - filled)
            {
                shards.Add([]);
                filled = 0;
            }

            shards[^1].Add(tensor);
            filled += bytes;
        }

        return shards;
    }

    /// <summary>Writes the files; after a failure none of them is left. The index comes last: without it several files are no model.</summary>
    /// <param name="folder">An existing folder without weights.</param>
    /// <param name="shards">What <see cref="Split"/> gave.</param>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public static void Write(string folder, IReadOnlyList<IReadOnlyList<TensorSource>> shards)
    {
        var written = new List<string>();
        try
        {
            foreach (var (i, shard) in shards.Index())
            {
                var path = Path.Combine(folder, FileName(i, shards.Count));
                SafetensorsWriter.Write(path, shard);
                written.Add(path);
            }

            if (shards.Count > 1)
                AtomicFile.Write(Path.Combine(folder, ShardIndex.FileName), stream => WriteIndex(stream, shards));
        }
        catch
        {
            written.ForEach(AtomicFile.Remove);
            throw;
        }
    }

    private static string FileName(int shard, int count) => count == 1
        ? TensorStore.FileName
        : string.Create(CultureInfo.InvariantCulture, $"model-{shard + 1:D5}-of-{count:D5}.safetensors");

    /// <summary>The total is of tensors, without headers, as HuggingFace's tools count it.</summary>
    private static void WriteIndex(Stream stream, IReadOnlyList<IReadOnlyList<TensorSource>> shards)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", shards.Sum(shard => shard.Sum(tensor => tensor.ByteCount)));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach (var (name, file) in shards.SelectMany((shard, i) => shard.Select(tensor => (tensor.Name, FileName(i, shards.Count)))).OrderBy(entry => entry.Name, StringComparer.Ordinal))
            json.WriteString(name, file);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
