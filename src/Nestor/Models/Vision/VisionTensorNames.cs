using System.Collections.Immutable;

namespace Nestor.Models.Vision;

/// <summary>The names and shapes of a vision model's tensors, as HuggingFace's <c>ViTForImageClassification</c> has them.</summary>
/// <remarks>Matrices are stored (outputs, inputs): a feed-forward block of width m has up (m, hidden) with m biases, and down (hidden, m) with all its biases.</remarks>
public static class VisionTensorNames
{
    /// <summary>The learned token before the patches, (1, 1, hidden); absent with mean pooling.</summary>
    public const string ClassToken = "vit.embeddings.cls_token";

    /// <summary>Learned positions, (1, positions, hidden), the class token's first.</summary>
    public const string Positions = "vit.embeddings.position_embeddings";

    /// <summary>From patches to vectors, (hidden, channels, patch, patch).</summary>
    public const string Patch = "vit.embeddings.patch_embeddings.projection.weight";

    /// <summary>Added to the patches' vectors, (hidden).</summary>
    public const string PatchBias = "vit.embeddings.patch_embeddings.projection.bias";

    /// <summary>LayerNorm before pooling, (hidden).</summary>
    public const string FinalNorm = "vit.layernorm.weight";

    /// <summary>Its bias, (hidden).</summary>
    public const string FinalNormBias = "vit.layernorm.bias";

    /// <summary>The classifier, (classes, hidden).</summary>
    public const string Classifier = "classifier.weight";

    /// <summary>Its bias, (classes).</summary>
    public const string ClassifierBias = "classifier.bias";

    /// <summary>LayerNorm before attention, (hidden).</summary>
    public static string AttentionNorm(int layer) => $"{Layer(layer)}.layernorm_before.weight";

    /// <summary>Its bias, (hidden).</summary>
    public static string AttentionNormBias(int layer) => $"{Layer(layer)}.layernorm_before.bias";

    /// <summary>Query projection, (hidden, hidden).</summary>
    public static string Query(int layer) => $"{Layer(layer)}.attention.attention.query.weight";

    /// <summary>Its bias, (hidden).</summary>
    public static string QueryBias(int layer) => $"{Layer(layer)}.attention.attention.query.bias";

    /// <summary>Key projection, (hidden, hidden).</summary>
    public static string Key(int layer) => $"{Layer(layer)}.attention.attention.key.weight";

    /// <summary>Its bias, (hidden).</summary>
    public static string KeyBias(int layer) => $"{Layer(layer)}.attention.attention.key.bias";

    /// <summary>Value projection, (hidden, hidden).</summary>
    public static string Value(int layer) => $"{Layer(layer)}.attention.attention.value.weight";

    /// <summary>Its bias, (hidden).</summary>
    public static string ValueBias(int layer) => $"{Layer(layer)}.attention.attention.value.bias";

    /// <summary>Attention's output projection, (hidden, hidden).</summary>
    public static string Output(int layer) => $"{Layer(layer)}.attention.output.dense.weight";

    /// <summary>Its bias, (hidden).</summary>
    public static string OutputBias(int layer) => $"{Layer(layer)}.attention.output.dense.bias";

    /// <summary>LayerNorm before the feed-forward block, (hidden).</summary>
    public static string FeedForwardNorm(int layer) => $"{Layer(layer)}.layernorm_after.weight";

    /// <summary>Its bias, (hidden).</summary>
    public static string FeedForwardNormBias(int layer) => $"{Layer(layer)}.layernorm_after.bias";

    /// <summary>Up projection, (width, hidden): its rows are neurons.</summary>
    public static string Up(int layer) => $"{Layer(layer)}.intermediate.dense.weight";

    /// <summary>Its bias, (width): its elements are neurons.</summary>
    public static string UpBias(int layer) => $"{Layer(layer)}.intermediate.dense.bias";

    /// <summary>Down projection, (hidden, width): its columns are neurons.</summary>
    public static string Down(int layer) => $"{Layer(layer)}.output.dense.weight";

    /// <summary>Its bias, (hidden): the same in every granularity.</summary>
    public static string DownBias(int layer) => $"{Layer(layer)}.output.dense.bias";

    /// <summary>Every tensor of a model with its shape, from the embeddings to the classifier.</summary>
    public static IEnumerable<(string Name, ImmutableArray<long> Shape)> All(VisionConfig config)
    {
        long hidden = config.HiddenSize;
        if (config.Pooling == VisionPooling.ClassToken)
            yield return (ClassToken, [1, 1, hidden]);
        yield return (Positions, [1, config.Positions, hidden]);
        yield return (Patch, [hidden, config.Channels, config.PatchSize, config.PatchSize]);
        yield return (PatchBias, [hidden]);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            long width = config.FullWidths[layer];
            yield return (AttentionNorm(layer), [hidden]);
            yield return (AttentionNormBias(layer), [hidden]);
            yield return (Query(layer), [hidden, hidden]);
            yield return (QueryBias(layer), [hidden]);
            yield return (Key(layer), [hidden, hidden]);
            yield return (KeyBias(layer), [hidden]);
            yield return (Value(layer), [hidden, hidden]);
            yield return (ValueBias(layer), [hidden]);
            yield return (Output(layer), [hidden, hidden]);
            yield return (OutputBias(layer), [hidden]);
            yield return (FeedForwardNorm(layer), [hidden]);
            yield return (FeedForwardNormBias(layer), [hidden]);
            yield return (Up(layer), [width, hidden]);
            yield return (UpBias(layer), [width]);
            yield return (Down(layer), [hidden, width]);
            yield return (DownBias(layer), [hidden]);
        }

        yield return (FinalNorm, [hidden]);
        yield return (FinalNormBias, [hidden]);
        yield return (Classifier, [config.Classes, hidden]);
        yield return (ClassifierBias, [config.Classes]);
    }

    private static string Layer(int layer) => $"vit.encoder.layer.{layer}";
}
