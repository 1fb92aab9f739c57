using Nestor.Models;
using Nestor.Models.Families;

namespace Nestor.Formats;

/// <summary>The shape of a model in a GGUF file, from what the file says of itself.</summary>
internal static class GgufConfig
{
    /// <summary>The shape.</summary>
    /// <exception cref="NestorException">The architecture or a setting is none that Nestor computes, a size is missing or impossible, or the model is in several files.</exception>
    public static ModelConfig Of(GgufFile file)
    {
        var architecture = Architecture(file);
        var fields = new GgufFields(file, architecture);
        fields.RefuseUnknown();
        if (file.Metadata.TryGetValue("split.count", out var parts) && parts.Int32 > 1)
            throw new NestorException($"'{file.Path}' is one of {parts.Int32} parts of a model; join them into one file first.");

        var vocabulary = Vocabulary(file);
        fields.RefuseOther("vocab_size", vocabulary, "as many as the embedding has,");
        var layers = fields.Size("block_count", largest: file.Tensors.Count);
        var hidden = fields.Size("embedding_length");
        var heads = fields.SameInAllLayers("attention.head_count", layers);
        var headSize = fields.Find("attention.key_length") is null ? hidden / heads : fields.Size("attention.key_length");
        fields.RefuseOther("attention.value_length", headSize, "the head size");
        fields.RefuseOther("rope.dimension_count", headSize, "the head size");
        var config = new ModelConfig
        {
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            FullWidths = new WidthPlan(fields.OfLayers("feed_forward_length", layers)),
            Heads = heads,
            KeyValueHeads = fields.Find("attention.head_count_kv") is null ? heads : fields.SameInAllLayers("attention.head_count_kv", layers),
            HeadSize = headSize,
            FeedForward = architecture.FeedForward,
            ContextLength = fields.Size("context_length"),
            NormEpsilon = fields.Required("attention.layer_norm_rms_epsilon").Number,
            RopeTheta = fields.Find("rope.freq_base")?.Number ?? 10_000f,
            TieEmbeddings = !file.Tensors.ContainsKey(GgufTensorName.Of(TensorNames.Head)),
            BeginToken = Token(file, "bos_token_id"),
            EndToken = Token(file, "eos_token_id"),
            FurtherEndTokens = Token(file, "eos_token_id") is { } end && Token(file, "eot_token_id") is { } turn && turn != end ? [turn] : [],
        };
        config = config with
        {
            Family = architecture.Families.LastOrDefault(family => Has(file, config, family), architecture.Families[0]),
            RopeScaling = architecture.TurnsNeighbours ? GgufRope.Read(file, config) : null,
        };
        config.Validate();
        return config;
    }

    /// <summary>The architecture that a file says.</summary>
    /// <exception cref="NestorException">It says none, or one that Nestor does not compute.</exception>
    public static GgufArchitecture Architecture(GgufFile file)
    {
        var name = GgufFields.Required(file, "general.architecture").Text;
        return GgufArchitecture.Find(name) ?? throw new NestorException($"The architecture of '{file.Path}' is {Quoted.Quote(name)}; Nestor reads {GgufArchitecture.Names}.");
    }

    private static int Vocabulary(GgufFile file) =>
        file.Tensors.TryGetValue(GgufTensorName.Of(TensorNames.Embedding), out var embedding) && embedding.Shape is [<= int.MaxValue and var rows, _]
            ? (int)rows
            : throw new NestorException($"'{file.Path}' holds no token embedding, so it is not a whole model; fetch it again.");

    /// <summary>Biases and norms of heads are in a file or not; the first layer tells.</summary>
    private static bool Has(GgufFile file, ModelConfig config, ModelFamily family) =>
        family.AttentionTensors(config, layer: 0).All(tensor => file.Tensors.ContainsKey(GgufTensorName.Of(tensor.Name)));

    private static int? Token(GgufFile file, string key) => file.Metadata.TryGetValue(GgufTokenizer.Prefix + key, out var value) ? value.Int32 : null;
}
