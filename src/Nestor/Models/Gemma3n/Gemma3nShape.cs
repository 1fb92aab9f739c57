using System.Collections.Immutable;

namespace Nestor.Models.Gemma3n;

/// <summary>The shape of the text part of a Gemma 3n model, as far as cutting it needs it. The defaults are those of HuggingFace's configuration, which is E4B.</summary>
/// <remarks>Beside nested feed-forward blocks the model has per-layer embeddings, AltUp streams, LAuReL, and last layers that read the keys and values of earlier ones.</remarks>
internal sealed record Gemma3nShape
{
    /// <summary>Layers with a full window.</summary>
    public const string FullAttention = "full_attention";

    /// <summary>Layers with a sliding window.</summary>
    public const string SlidingAttention = "sliding_attention";

    /// <summary>Feed-forward neurons of each layer.</summary>
    public required WidthPlan Widths { get; init; }

    /// <summary>The kind of attention of each layer.</summary>
    public required ImmutableArray<string> LayerTypes { get; init; }

    /// <summary>The share of feed-forward neurons that each layer silences, 0 for none.</summary>
    public required ImmutableArray<double> Sparsity { get; init; }

    /// <summary>How many last layers read keys and values of an earlier layer instead of computing their own.</summary>
    public int SharedLayers { get; init; } = 15;

    /// <summary>Size of the residual stream.</summary>
    public int HiddenSize { get; init; } = 2048;

    /// <summary>Rows of the token embedding.</summary>
    public int VocabularySize { get; init; } = 262_400;

    /// <summary>Rows of the per-layer embedding.</summary>
    public int PerLayerVocabularySize { get; init; } = 262_144;

    /// <summary>Size of one layer's part of the per-layer embedding.</summary>
    public int PerLayerSize { get; init; } = 256;

    /// <summary>Query heads.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Key and value heads.</summary>
    public int KeyValueHeads { get; init; } = 2;

    /// <summary>Size of one head.</summary>
    public int HeadSize { get; init; } = 256;

    /// <summary>Rank of the learned augmented residual (LAuReL).</summary>
    public int LaurelRank { get; init; } = 64;

    /// <summary>Streams of AltUp.</summary>
    public int AltUpInputs { get; init; } = 4;

    /// <summary>Number of layers.</summary>
    public int Layers => Widths.Layers;

    /// <summary>The first layer that reads another's keys and values.</summary>
    public int FirstShared => Layers - SharedLayers;

    /// <summary>The layer whose keys and values a layer attends to: itself, or the last one of its kind that computes its own.</summary>
    /// <returns>-1 where no layer of the kind computes its own.</returns>
    public int Donor(int layer) => layer < FirstShared ? layer : LayerTypes.AsSpan(0, FirstShared).LastIndexOf(LayerTypes[layer]);

    /// <summary>What keeps the shape from being a model's, one line each.</summary>
    public IEnumerable<string> Problems()
    {
        if (LayerTypes.Length != Layers)
            yield return $"layer_types lists {LayerTypes.Length} layers of {Layers}";
        if (Sparsity.Length != Layers)
            yield return $"activation_sparsity_pattern lists {Sparsity.Length} layers of {Layers}";
        if (LayerTypes.FirstOrDefault(type => type is not (FullAttention or SlidingAttention)) is { } unknown)
            yield return $"layer_types holds {Formats.Quoted.Quote(unknown)}, {SlidingAttention} or {FullAttention} was wanted";
        if (Sparsity.Any(share => share is not (>= 0 and < 1)))
            yield return "activation_sparsity_pattern holds a share that is not from 0 up to 1";
        if (SharedLayers < 0 || SharedLayers >= Layers)
            yield return $"num_kv_shared_layers is {SharedLayers} of {Layers} layers, at least one must have its own keys and values";
        else if (LayerTypes.Length == Layers && Enumerable.Range(0, Layers).Any(layer => Donor(layer) < 0))
            yield return $"no layer before {FirstShared} has keys and values for some layer from {FirstShared} on";
    }
}
