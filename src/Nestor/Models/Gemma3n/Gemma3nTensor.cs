using System.Collections.Immutable;

namespace Nestor.Models.Gemma3n;

/// <summary>How a tensor shrinks with the model.</summary>
internal enum Gemma3nCut
{
    /// <summary>It stays as it is.</summary>
    None,

    /// <summary>A row is a feed-forward neuron: the first ones stay.</summary>
    NeuronRows,

    /// <summary>A column is a feed-forward neuron: the first ones stay.</summary>
    NeuronColumns,

    /// <summary>The rows are groups, one for each layer: those of kept layers stay.</summary>
    LayerRows,

    /// <summary>The columns are groups, one for each layer: those of kept layers stay.</summary>
    LayerColumns,
}

/// <summary>A tensor of a Gemma 3n model's text part.</summary>
/// <param name="Name">Its name without the prefix of the text part and, in a layer, without <c>layers.i.</c>.</param>
/// <param name="Shape">Sizes, outermost first; matrices are (outputs, inputs).</param>
internal sealed record Gemma3nTensor(string Name, params ImmutableArray<long> Shape)
{
    /// <summary>The token embedding, which is the output head too.</summary>
    public const string Embedding = "embed_tokens.weight";

    /// <summary>The per-layer embedding, a vector for each token and layer; inference reads a few rows of it and may leave it on the disk.</summary>
    public const string PerLayerEmbedding = "embed_tokens_per_layer.weight";

    /// <summary>The layer it belongs to, if it does.</summary>
    public int? Layer { get; init; }

    /// <summary>How it shrinks.</summary>
    public Gemma3nCut Cut { get; init; }

    /// <summary>Whether files may lack it: keys and values of layers that read another's are never computed.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether it is a table of which a token reads a row, and so no part of the <i>effective</i> parameters.</summary>
    public bool IsEmbedding => Name is Embedding or PerLayerEmbedding;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The name without the prefix of the text part.</summary>
    public string FullName => Layer is { } layer ? $"layers.{layer}.{Name}" : Name;

    /// <summary>Every tensor of the text part.</summary>
    public static IEnumerable<Gemma3nTensor> All(Gemma3nShape shape)
    {
        long hidden = shape.HiddenSize, perLayer = (long)shape.Layers * shape.PerLayerSize;
        yield return new(Embedding, shape.VocabularySize, hidden);
        yield return new(PerLayerEmbedding, shape.PerLayerVocabularySize, perLayer) { Cut = Gemma3nCut.LayerColumns };
        yield return new("per_layer_model_projection.weight", perLayer, hidden) { Cut = Gemma3nCut.LayerRows };
        yield return new("per_layer_projection_norm.weight", shape.PerLayerSize);
        for (var stream = 0; stream < shape.AltUpInputs - 1; stream++)
        {
            yield return new($"altup_projections.{stream}.weight", hidden, hidden);
            yield return new($"altup_unembed_projections.{stream}.weight", hidden, hidden);
        }

        yield return new("norm.weight", hidden);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            foreach (var tensor in OfLayer(shape, layer))
                yield return tensor with { Layer = layer };
        }
    }

    private static IEnumerable<Gemma3nTensor> OfLayer(Gemma3nShape shape, int layer)
    {
        long hidden = shape.HiddenSize, head = shape.HeadSize, width = shape.Widths[layer], streams = shape.AltUpInputs;
        long query = shape.Heads * head, keyValue = shape.KeyValueHeads * head, perLayer = shape.PerLayerSize, rank = shape.LaurelRank;
        var shared = layer >= shape.FirstShared;

        yield return new("mlp.gate_proj.weight", width, hidden) { Cut = Gemma3nCut.NeuronRows };
        yield return new("mlp.up_proj.weight", width, hidden) { Cut = Gemma3nCut.NeuronRows };
        yield return new("mlp.down_proj.weight", hidden, width) { Cut = Gemma3nCut.NeuronColumns };

        yield return new("self_attn.q_proj.weight", query, hidden);
        yield return new("self_attn.k_proj.weight", keyValue, hidden) { IsOptional = shared };
        yield return new("self_attn.v_proj.weight", keyValue, hidden) { IsOptional = shared };
        yield return new("self_attn.o_proj.weight", hidden, query);
        yield return new("self_attn.q_norm.weight", head);
        yield return new("self_attn.k_norm.weight", head) { IsOptional = shared };

        yield return new("input_layernorm.weight", hidden);
        yield return new("post_attention_layernorm.weight", hidden);
        yield return new("pre_feedforward_layernorm.weight", hidden);
        yield return new("post_feedforward_layernorm.weight", hidden);
        yield return new("post_per_layer_input_norm.weight", hidden);

        yield return new("laurel.linear_left.weight", rank, hidden);
        yield return new("laurel.linear_right.weight", hidden, rank);
        yield return new("laurel.post_laurel_norm.weight", hidden);

        yield return new("altup.correct_output_scale", hidden);
        yield return new("altup.correction_coefs.weight", streams, streams);
        yield return new("altup.prediction_coefs.weight", streams * streams, streams);
        yield return new("altup.modality_router.weight", streams, hidden);
        yield return new("altup.router_norm.weight", hidden);

        yield return new("per_layer_input_gate.weight", perLayer, hidden);
        yield return new("per_layer_projection.weight", hidden, perLayer);
    }
}
