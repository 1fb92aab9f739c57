namespace Nestor.Formats;

/// <summary>The settings of a GGUF file's architecture. A wrong value is an error that names file and key.</summary>
/// <param name="file">The file.</param>
/// <param name="architecture">Its architecture, whose name the keys begin with.</param>
internal readonly struct GgufFields(GgufFile file, GgufArchitecture architecture)
{
    /// <summary>Keys that are read.</summary>
    private static readonly HashSet<string> Known =
    [
        "vocab_size", "context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count", "attention.head_count_kv",
        "attention.key_length", "attention.value_length", "attention.layer_norm_rms_epsilon", "rope.dimension_count", "rope.freq_base",
    ];

    /// <summary>Keys that change nothing where they have one value.</summary>
    private static readonly Dictionary<string, Func<GgufValue, bool>> Neutral = new()
    {
        ["expert_count"] = value => value.Int32 == 0,
        ["expert_used_count"] = value => value.Int32 == 0,
        ["rope.scaling.type"] = value => value.Text == "none",
        ["rope.scaling.factor"] = value => value.Number == 1,
        ["tensor_data_layout"] = value => value.Text == "Meta AI original pth",
    };

    /// <summary>The value of a key that must be there, its whole name given.</summary>
    /// <exception cref="NestorException">It is not there.</exception>
    public static GgufValue Required(GgufFile file, string key) =>
        file.Metadata.GetValueOrDefault(key) ?? throw new NestorException($"'{file.Path}' has no key '{key}', so it is not a whole model; fetch it again.");

    /// <summary>Refuses settings that are not read: the model would be another without them.</summary>
    /// <exception cref="NestorException">There is one.</exception>
    public void RefuseUnknown()
    {
        var prefix = architecture.Name + ".";
        foreach (var (key, value) in file.Metadata)
        {
            var setting = key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : null;
            if (setting is null || Known.Contains(setting) || (Neutral.TryGetValue(setting, out var changesNothing) && changesNothing(value)))
                continue;
            throw new NestorException($"'{file.Path}' has the setting {Quoted.Quote(key)}{(Neutral.ContainsKey(setting) ? " with a value" : "")} that Nestor does not compute; choose a model without it.");
        }
    }

    /// <summary>A value, or null where there is none.</summary>
    public GgufValue? Find(string key) => file.Metadata.GetValueOrDefault(Name(key));

    /// <summary>A value that must be there.</summary>
    /// <exception cref="NestorException">It is not.</exception>
    public GgufValue Required(string key) => Required(file, Name(key));

    /// <summary>A whole number from 1.</summary>
    /// <exception cref="NestorException">It is not there, or no such number.</exception>
    public int Size(string key, int largest = int.MaxValue) =>
        Required(key).Int32 is var value && value > 0 && value <= largest ? value : throw Wrong(key, $"{value}", $"1 to {largest}");

    /// <summary>Refuses a value that is there and not the wanted number.</summary>
    /// <exception cref="NestorException">It is another.</exception>
    public void RefuseOther(string key, int wanted, string why)
    {
        if (Find(key) is { } value && value.Int32 != wanted)
            throw Wrong(key, $"{value.Int32}", $"{why} {wanted}");
    }

    /// <summary>A whole number from 1 for each layer: a list, or one number for all.</summary>
    /// <exception cref="NestorException">It is not there, or there are others.</exception>
    public int[] OfLayers(string key, int layers)
    {
        var value = Required(key);
        if (!value.IsArray)
            return [.. Enumerable.Repeat(Size(key), layers)];
        if (value.Count != layers)
            throw Wrong(key, $"a list of {value.Count} numbers", $"one for each of {layers} layers");
        var sizes = value.Int32s();
        return Array.TrueForAll(sizes, size => size > 0) ? sizes : throw Wrong(key, $"{sizes.Min()} in a layer", "a positive number, because Nestor has no layers without it,");
    }

    /// <summary>A whole number from 1 that is the same in all layers.</summary>
    /// <exception cref="NestorException">It is not there, or differs.</exception>
    public int SameInAllLayers(string key, int layers)
    {
        var sizes = OfLayers(key, layers);
        return Array.TrueForAll(sizes, size => size == sizes[0]) ? sizes[0] : throw Wrong(key, $"{sizes.Min()} to {sizes.Max()}", "the same number in all layers");
    }

    private string Name(string key) => $"{architecture.Name}.{key}";

    private NestorException Wrong(string key, string found, string wanted) => new($"The key '{Name(key)}' in '{file.Path}' is {found}; {wanted} was wanted.");
}
