using System.Text.Json;

namespace Nestor.Formats;

/// <summary>The index of a sharded model, <c>model.safetensors.index.json</c>: which file in its folder holds which tensor.</summary>
internal static class ShardIndex
{
    /// <summary>The index's name in a model folder.</summary>
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Tensor names and the plain names of the files that hold them.</summary>
    /// <exception cref="NestorException">The file is not an index, or names a file outside its folder.</exception>
    public static Dictionary<string, string> Read(string path) => JsonFile.Read(path, root =>
    {
        if (!root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new NestorException($"The index '{path}' has no object weight_map.");

        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in map.EnumerateObject())
        {
            var shard = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : "";
            if (!IsPlainFileName(shard))
                throw new NestorException($"The index '{path}' puts tensor {Quoted.Quote(property.Name)} into {Quoted.OneLine(property.Value.GetRawText())}; the name of a file in the same folder was wanted.");
            shards.Add(property.Name, shard);
        }

        return shards.Count > 0 ? shards : throw new NestorException($"The index '{path}' lists no tensor.");
    });

    /// <summary>Both separators and drive letters count on every system, so that a model means the same everywhere.</summary>
    private static bool IsPlainFileName(string name) =>
        name is not ("" or "." or "..") && name.AsSpan().IndexOfAny("/\\:") < 0 && !name.Any(char.IsControl);
}
