namespace Nestor.Models;

/// <summary>Shapes with a name.</summary>
public static class ModelPresets
{
    private static readonly Dictionary<string, ModelConfig> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["tiny"] = Llama(vocabulary: 512, hidden: 64, layers: 4, heads: 4, keyValueHeads: 2, context: 128),
        ["micro"] = Llama(vocabulary: 2048, hidden: 128, layers: 6, heads: 4, keyValueHeads: 2, context: 128),
        ["quickstart"] = Llama(vocabulary: 4096, hidden: 192, layers: 4, heads: 6, keyValueHeads: 2, context: 128),
        ["small"] = Llama(vocabulary: 8192, hidden: 384, layers: 8, heads: 6, keyValueHeads: 2, context: 512),
        ["base"] = Llama(vocabulary: 16384, hidden: 768, layers: 12, heads: 12, keyValueHeads: 4, context: 1024),
        ["matlm-78m"] = Paper(hidden: 256),
        ["matlm-180m"] = Paper(hidden: 512),
        ["matlm-310m"] = Paper(hidden: 768),
        ["matlm-463m"] = Paper(hidden: 1024),
        ["matlm-850m"] = Paper(hidden: 1536),
    };

    /// <summary>The names, smallest model first.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The shape of a name.</summary>
    /// <exception cref="NestorException">No preset has the name.</exception>
    public static ModelConfig Get(string name) =>
        ByName.TryGetValue(name, out var config)
            ? config
            : throw new NestorException($"There is no preset '{name}'; choose one of {string.Join(", ", Names)}.");

    private static ModelConfig Llama(int vocabulary, int hidden, int layers, int heads, int keyValueHeads, int context) => new()
    {
        VocabularySize = vocabulary,
        HiddenSize = hidden,
        FullWidths = WidthPlan.Uniform(4 * hidden, layers),
        Heads = heads,
        KeyValueHeads = keyValueHeads,
        HeadSize = hidden / heads,
        ContextLength = context,
        Granularities = Granularity.Paper(4 * hidden),
    };

    /// <summary>MatFormer, Table 4: 16 layers, 16 heads, d_ff = 4 d_model, vocabulary 256,000, context 1024, tied, not gated.</summary>
    private static ModelConfig Paper(int hidden) => Llama(vocabulary: 256_000, hidden, layers: 16, heads: 16, keyValueHeads: 16, context: 1024) with
    {
        FeedForward = FeedForwardKind.Gelu,
    };
}
