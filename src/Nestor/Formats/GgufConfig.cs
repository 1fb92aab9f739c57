using Nestor.Models;
using Nestor.Models.Families;

namespace Nestor.Formats;

/// <summary>The shape of a model in a GGUF file, from what the file says of itself.</summary>
internal static class GgufConfig
{
    /// <summary>Keys that are read, without the architecture's name before them.</summary>
    private static readonly HashSet<string> Read =
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

    /// <summary>The shape.</summary>
    /// <exception cref="NestorException">The architecture or a setting is none that Nestor computes, a size is missing or impossible, or the model is in several files.</exception>
    public static ModelConfig Of(GgufFile file)
    {
        var architecture = Architecture(file);
        CheckSettings(file, architecture);
        if (file.Metadata.TryGetValue("split.count", out var parts) && parts.Int32 > 1)
            throw new NestorException($"'{file.Path}' is one of {parts.Int32} parts of a model; join them into one file first.");

        var layers = Size("block_count", file.Tensors.Count);
        var hidden = Size("embedding_length");
        var heads = SameInAllLayers("attention.head_count");
        var keyValueHeads = Find("attention.head_count_kv") is null ? heads : SameInAllLayers("attention.head_count_kv");
        var headSize = Find("attention.key_length") is null ? hidden / heads : Size("attention.key_length");
        foreach (var key in (string[])["attention.value_length", "rope.dimension_count"])
        {
            if (Find(key) is { } value && value.Int32 != headSize)
                throw Wrong(key, $"{value.Int32}", $"the head size {headSize}");
        }

        var vocabulary = file.Tensors.TryGetValue(GgufTensorName.Of(TensorNames.Embedding), out var embedding) && embedding.Shape is [<= int.MaxValue and var rows, _]
            ? (int)rows
            : throw new NestorException($"'{file.Path}' holds no token embedding, so it is not a whole model; fetch it again.");
        if (Find("vocab_size") is { } said && said.Int32 != vocabulary)
            throw Wrong("vocab_size", $"{said.Int32}", $"{vocabulary}, as the embedding has,");
        var config = new ModelConfig
        {
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            FullWidths = new WidthPlan(OfLayers("feed_forward_length")),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            Family = architecture.Families.LastOrDefault(IsFamily, architecture.Families[0]),
            FeedForward = architecture.FeedForward,
            ContextLength = Size("context_length"),
            NormEpsilon = Required(Key("attention.layer_norm_rms_epsilon")).Number,
            RopeTheta = Find("rope.freq_base")?.Number ?? 10_000f,
            TieEmbeddings = !file.Tensors.ContainsKey(GgufTensorName.Of(TensorNames.Head)),
            BeginToken = Token("bos_token_id"),
            EndToken = Token("eos_token_id"),
            FurtherEndTokens = Token("eos_token_id") is { } end && Token("eot_token_id") is { } turn && turn != end ? [turn] : [],
        };
        config = config with { RopeScaling = architecture.TurnsNeighbours ? GgufRope.Read(file, config) : null };
        config.Validate();
        return config;

        // Biases and norms of heads are in a file or not; the first layer tells.
        bool IsFamily(ModelFamily family)
        {
            var probe = new ModelConfig { VocabularySize = vocabulary, HiddenSize = hidden, FullWidths = new WidthPlan(1), Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = headSize };
            return family.AttentionTensors(probe, layer: 0).All(tensor => file.Tensors.ContainsKey(GgufTensorName.Of(tensor.Name)));
        }

        string Key(string key) => $"{architecture.Name}.{key}";

        GgufValue? Find(string key) => file.Metadata.GetValueOrDefault(Key(key));

        GgufValue Required(string key) => GgufConfig.Required(file, key);

        int Size(string key, int largest = int.MaxValue) =>
            Required(Key(key)).Int32 is var value && value > 0 && value <= largest ? value : throw Wrong(key, $"{value}", $"1 to {largest}");

        int[] OfLayers(string key)
        {
            var value = Required(Key(key));
            if (!value.IsArray)
                return [.. Enumerable.Repeat(Size(key), layers)];
            if (value.Count != layers)
                throw Wrong(key, $"a list of {value.Count} numbers", $"one for each of {layers} layers");
            var sizes = value.Int32s();
            return Array.TrueForAll(sizes, size => size > 0) ? sizes : throw Wrong(key, $"{sizes.Min()} in a layer", "a positive number, because Nestor has no layers without it,");
        }

        int SameInAllLayers(string key)
        {
            var sizes = OfLayers(key);
            return Array.TrueForAll(sizes, size => size == sizes[0]) ? sizes[0] : throw Wrong(key, $"{sizes.Min()} to {sizes.Max()}", "the same number in all layers");
        }

        int? Token(string key) => file.Metadata.TryGetValue(GgufTokenizer.Prefix + key, out var value) ? value.Int32 : null;

        NestorException Wrong(string key, string found, string wanted) => new($"The key '{Key(key)}' in '{file.Path}' is {found}; {wanted} was wanted.");
    }

    /// <summary>The architecture that a file says.</summary>
    /// <exception cref="NestorException">It says none, or one that Nestor does not compute.</exception>
    public static GgufArchitecture Architecture(GgufFile file)
    {
        var name = Required(file, "general.architecture").Text;
        return GgufArchitecture.Find(name) ?? throw new NestorException($"The architecture of '{file.Path}' is {Quoted.Quote(name)}; Nestor reads {GgufArchitecture.Names}.");
    }

    private static GgufValue Required(GgufFile file, string key) =>
        file.Metadata.GetValueOrDefault(key) ?? throw new NestorException($"'{file.Path}' has no key '{key}', so it is not a whole model; fetch it again.");

    /// <summary>A setting that Nestor does not know would be another model: it is an error.</summary>
    private static void CheckSettings(GgufFile file, GgufArchitecture architecture)
    {
        var prefix = architecture.Name + ".";
        foreach (var (key, value) in file.Metadata)
        {
            var setting = key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : null;
            if (setting is null || Read.Contains(setting) || (Neutral.TryGetValue(setting, out var changesNothing) && changesNothing(value)))
                continue;
            throw new NestorException($"'{file.Path}' has the setting {Quoted.Quote(key)}{(Neutral.ContainsKey(setting) ? " with a value" : "")} that Nestor does not compute; choose a model without it.");
        }
    }
}
