namespace Nestor.Inference.Weights;

/// <summary>The weights of one layer. Norms and biases are aligned to a cache line, with zeros up to the next multiple of 16 floats.</summary>
internal sealed unsafe class LayerWeights
{
    /// <summary>(hidden) floats</summary>
    public required float* AttentionNorm { get; init; }

    /// <summary>(heads * head size, hidden)</summary>
    public required PackedMatrix Query { get; init; }

    /// <summary>(key-value heads * head size, hidden)</summary>
    public required PackedMatrix Key { get; init; }

    /// <summary>(key-value heads * head size, hidden)</summary>
    public required PackedMatrix Value { get; init; }

    /// <summary>(heads * head size) floats; null in families without biases.</summary>
    public float* QueryBias { get; init; }

    /// <summary>(key-value heads * head size) floats; null in families without biases.</summary>
    public float* KeyBias { get; init; }

    /// <summary>(key-value heads * head size) floats; null in families without biases.</summary>
    public float* ValueBias { get; init; }

    /// <summary>(head size) floats; null in families without norms of heads.</summary>
    public float* QueryNorm { get; init; }

    /// <summary>(head size) floats; null in families without norms of heads.</summary>
    public float* KeyNorm { get; init; }

    /// <summary>(hidden, heads * head size)</summary>
    public required PackedMatrix Output { get; init; }

    /// <summary>(hidden) floats</summary>
    public required float* FeedForwardNorm { get; init; }

    /// <summary>(width, hidden); null for kinds without a gate.</summary>
    public required PackedMatrix? Gate { get; init; }

    /// <summary>(width, hidden)</summary>
    public required PackedMatrix Up { get; init; }

    /// <summary>(hidden, width), columns first: a width is a prefix.</summary>
    public required PackedMatrix Down { get; init; }
}
