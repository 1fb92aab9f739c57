using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Formats.Onnx;

/// <summary>The decoder as a graph of operations of ONNX's standard set, version 18.</summary>
/// <remarks>
/// Inputs are <c>input_ids</c>, <c>attention_mask</c> and <c>position_ids</c>, and with a cache <c>past_key_values.N.key</c> and
/// <c>.value</c>; outputs <c>logits</c> and <c>present.N.key</c> and <c>.value</c>: the names of HuggingFace's Optimum. Token i of a
/// call sees the past and tokens 0 to i, as far as the mask, over past and call, is not 0. Query heads that share a key-value head are a
/// dimension of their own, so keys and values are never repeated. Biases, norms of heads, windows and stretched positions are those of
/// the model's family.
/// </remarks>
internal sealed class OnnxDecoder
{
    private const string Batch = "batch_size", Sequence = "sequence_length", Past = "past_sequence_length", Total = "total_sequence_length";

    private readonly OnnxGraph graph = new();
    private readonly ModelConfig config;
    private readonly bool cache;
    private readonly Func<string, OnnxTensor> weight;
    private readonly HashSet<string> tensors;
    private readonly string queryShape, keyValueShape, logitsShape, cosines, sines, visible;

    private OnnxDecoder(ModelConfig config, bool cache, Func<string, OnnxTensor> weight)
    {
        (this.config, this.cache, this.weight) = (config, cache, weight);
        tensors = TensorNames.All(config).Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        Tokens = graph.Input("input_ids", OnnxType.Int64, Batch, Sequence);
        var mask = graph.Input("attention_mask", OnnxType.Int64, Batch, cache ? Total : Sequence);
        var positions = graph.Input("position_ids", OnnxType.Int64, Batch, Sequence);

        var shape = graph.Add("Shape", [Tokens]);                                                                         // (2)
        queryShape = graph.Add("Concat", [shape, graph.List(config.Heads, config.HeadSize)], [OnnxAttribute.Of("axis", 0)]);
        keyValueShape = graph.Add("Concat", [shape, graph.List(config.KeyValueHeads, config.HeadSize)], [OnnxAttribute.Of("axis", 0)]);
        logitsShape = graph.Add("Concat", [shape, graph.List(config.VocabularySize)], [OnnxAttribute.Of("axis", 0)]);
        (cosines, sines) = Turns(positions);
        visible = Visible(shape, mask);
    }

    private string Tokens { get; }

    /// <summary>The graph of a model.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="cache">Whether keys and values of earlier calls are inputs, and those of all calls so far outputs.</param>
    /// <param name="weight">The tensor of a name.</param>
    public static OnnxGraph Graph(ModelConfig config, bool cache, Func<string, OnnxTensor> weight)
    {
        var decoder = new OnnxDecoder(config, cache, weight);
        decoder.Add();
        return decoder.graph;
    }

    private void Add()
    {
        var embedding = graph.Weight(weight(TensorNames.Embedding));
        var hidden = Rows(graph.Add("Gather", [embedding, Tokens]), config.HiddenSize);                                   // (tokens, hidden), of all sequences
        for (var layer = 0; layer < config.Layers; layer++)
        {
            graph.Scope = $"layers.{layer}/attention";
            hidden = graph.Add("Add", [hidden, Attention(Norm(hidden, TensorNames.AttentionNorm(layer)), layer)]);
            graph.Scope = $"layers.{layer}/feed_forward";
            hidden = graph.Add("Add", [hidden, FeedForward(Norm(hidden, TensorNames.FeedForwardNorm(layer)), layer)]);
        }

        graph.Scope = "head";
        var scores = Linear(Norm(hidden, TensorNames.FinalNorm), config.TieEmbeddings ? TensorNames.Embedding : TensorNames.Head);
        graph.Output(graph.Add("Reshape", [scores, logitsShape], output: "logits"), OnnxType.Float, Batch, Sequence, config.VocabularySize);
        for (var layer = 0; cache && layer < config.Layers; layer++)
        {
            foreach (var kind in (string[])["key", "value"])
                graph.Output($"present.{layer}.{kind}", OnnxType.Float, Batch, config.KeyValueHeads, Total, config.HeadSize);
        }
    }

    /// <summary>Cosines and sines of the turns, (batch, sequence, 1, head size / 2).</summary>
    private (string Cosines, string Sines) Turns(string positions)
    {
        var frequencies = RotaryPositions.Frequencies(config.HeadSize, config.RopeTheta, config.RopeScaling);
        var position = graph.Add("Cast", [graph.Add("Unsqueeze", [positions, graph.List(2, 3)])], [OnnxAttribute.Of("to", (long)OnnxType.Float)]);
        var angles = graph.Add("Mul", [position, graph.Floats("rotary_frequencies", frequencies)]);
        return (graph.Add("Cos", [angles]), graph.Add("Sin", [angles]));
    }

    /// <summary>Which tokens each token sees, (batch, 1, 1, sequence, total).</summary>
    private string Visible(string shape, string mask)
    {
        var sequence = graph.Add("Gather", [shape, graph.Number(1)]);
        var total = graph.Add("Gather", [graph.Add("Shape", [mask]), graph.Number(1)]);
        var past = graph.Add("Sub", [total, sequence]);
        var keys = graph.Add("Range", [graph.Number(0), total, graph.Number(1)]);                                         // (total)
        var queries = graph.Add("Unsqueeze", [graph.Add("Range", [past, total, graph.Number(1)]), graph.List(1)]);        // (sequence, 1)
        var causal = graph.Add("LessOrEqual", [keys, queries]);                                                          // (sequence, total)
        if (config.SlidingWindow is { } window)
            causal = graph.Add("And", [causal, graph.Add("Greater", [keys, graph.Add("Sub", [queries, graph.Number((long)window)])])]);
        var given = graph.Add("Cast", [mask], [OnnxAttribute.Of("to", (long)OnnxType.Bool)]);
        return graph.Add("And", [graph.Add("Unsqueeze", [given, graph.List(1, 2, 3)]), causal]);
    }

    private string Attention(string input, int layer)
    {
        var shared = config.Heads / config.KeyValueHeads;
        var query = Heads(Linear(input, TensorNames.Query(layer)), queryShape, TensorNames.QueryNorm(layer));             // (batch, sequence, heads, head size)
        query = graph.Add("Reshape", [query, graph.List(0, 0, config.KeyValueHeads, shared, config.HeadSize)]);
        query = Transposed(query, 0, 2, 3, 1, 4);                                                                         // (batch, kv heads, shared, sequence, head size)
        query = graph.Add("Mul", [query, graph.Number((float)(1 / Math.Sqrt(config.HeadSize)))]);

        var key = Heads(Linear(input, TensorNames.Key(layer)), keyValueShape, TensorNames.KeyNorm(layer));
        key = WithPast(Transposed(key, 0, 2, 1, 3), layer, "key");                                                        // (batch, kv heads, total, head size)
        var value = graph.Add("Reshape", [Linear(input, TensorNames.Value(layer)), keyValueShape]);
        value = WithPast(Transposed(value, 0, 2, 1, 3), layer, "value");

        var keys = Transposed(graph.Add("Unsqueeze", [key, graph.List(2)]), 0, 1, 2, 4, 3);                               // (batch, kv heads, 1, head size, total)
        var scores = graph.Add("Where", [visible, graph.Add("MatMul", [query, keys]), graph.Number(float.MinValue)]);
        var shares = graph.Add("Softmax", [scores], [OnnxAttribute.Of("axis", -1)]);
        var mixed = graph.Add("MatMul", [shares, graph.Add("Unsqueeze", [value, graph.List(2)])]);
        mixed = Rows(Transposed(mixed, 0, 3, 1, 2, 4), config.Heads * config.HeadSize);
        return Linear(mixed, TensorNames.Output(layer));
    }

    private string FeedForward(string input, int layer)
    {
        var up = Linear(input, TensorNames.Up(layer));                                                                    // (tokens, width)
        var neurons = config.FeedForward switch
        {
            FeedForwardKind.SwiGlu => graph.Add("Mul", [Silu(Linear(input, TensorNames.Gate(layer))), up]),
            FeedForwardKind.Gelu => graph.Gelu(up),
            FeedForwardKind.SquaredRelu => Squared(graph.Add("Relu", [up])),
            _ => throw new NestorException($"Feed-forward blocks of the kind {config.FeedForward} cannot be exported as ONNX."),
        };
        return Linear(neurons, TensorNames.Down(layer));
    }

    private string Silu(string input) => graph.Add("Mul", [input, graph.Add("Sigmoid", [input])]);

    private string Squared(string input) => graph.Add("Mul", [input, input]);

    private string Norm(string input, string name)
    {
        var square = graph.Add("ReduceMean", [graph.Add("Pow", [input, graph.Number(2f)]), graph.List(-1)]);
        var root = graph.Add("Sqrt", [graph.Add("Add", [square, graph.Number(config.NormEpsilon)])]);
        return graph.Add("Mul", [graph.Add("Div", [input, root]), graph.Weight(weight(name))]);
    }

    /// <summary>Rows times a matrix that is stored (outputs, inputs), and its bias where the model has one.</summary>
    private string Linear(string input, string name)
    {
        var bias = name.Replace(".weight", ".bias", StringComparison.Ordinal);
        string[] inputs = [input, graph.Weight(weight(name))];
        return graph.Add("Gemm", tensors.Contains(bias) ? [.. inputs, graph.Weight(weight(bias))] : inputs, [OnnxAttribute.Of("transB", 1)]);
    }

    /// <summary>Rows cut into heads, each normed where the model has a norm for them, and turned.</summary>
    private string Heads(string rows, string shape, string norm)
    {
        var heads = graph.Add("Reshape", [rows, shape]);
        return Rotated(tensors.Contains(norm) ? Norm(heads, norm) : heads);
    }

    /// <summary>Heads turned by their positions: element i of a head with element i + half.</summary>
    private string Rotated(string heads)
    {
        var (first, second) = graph.Halves(heads);
        return graph.Add("Concat",
        [
            graph.Add("Sub", [graph.Add("Mul", [first, cosines]), graph.Add("Mul", [second, sines])]),
            graph.Add("Add", [graph.Add("Mul", [second, cosines]), graph.Add("Mul", [first, sines])]),
        ], [OnnxAttribute.Of("axis", -1)]);
    }

    private string WithPast(string now, int layer, string kind) => cache
        ? graph.Add(
            "Concat",
            [graph.Input($"past_key_values.{layer}.{kind}", OnnxType.Float, Batch, config.KeyValueHeads, Past, config.HeadSize), now],
            [OnnxAttribute.Of("axis", 2)],
            $"present.{layer}.{kind}")
        : now;

    private string Transposed(string input, params ReadOnlySpan<long> order) => graph.Add("Transpose", [input], [OnnxAttribute.Of("perm", order)]);

    private string Rows(string input, int columns) => graph.Add("Reshape", [input, graph.List(-1, columns)]);
}
