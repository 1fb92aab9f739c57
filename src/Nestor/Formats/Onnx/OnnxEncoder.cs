using System.Globalization;
using Nestor.Models.Vision;

namespace Nestor.Formats.Onnx;

/// <summary>The vision transformer as a graph of operations of ONNX's standard set, version 18.</summary>
/// <remarks>The input is <c>pixel_values</c> and an output <c>logits</c>, the names of HuggingFace's Optimum; the other output is <c>embeddings</c>, what the classifier reads. The metadata says by what mean and deviation of each channel pixels from 0 to 1 become inputs: <c>image_mean</c>, <c>image_std</c>.</remarks>
internal sealed class OnnxEncoder
{
    private const string Batch = "batch_size";

    private readonly OnnxGraph graph = new();
    private readonly VisionConfig config;
    private readonly Func<string, OnnxTensor> weight;

    private OnnxEncoder(VisionConfig config, Func<string, OnnxTensor> weight) => (this.config, this.weight) = (config, weight);

    /// <summary>The graph of a model.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="weight">The tensor of a name.</param>
    public static OnnxGraph Graph(VisionConfig config, Func<string, OnnxTensor> weight)
    {
        var encoder = new OnnxEncoder(config, weight);
        encoder.Add();
        return encoder.graph;
    }

    private void Add()
    {
        graph.Metadata["image_mean"] = Numbers(config.Mean);
        graph.Metadata["image_std"] = Numbers(config.StandardDeviation);
        graph.Scope = "embeddings";
        var stream = Rows(Embedded());                                                                                    // (rows, hidden), of all pictures
        for (var layer = 0; layer < config.Layers; layer++)
        {
            graph.Scope = $"layers.{layer}/attention";
            stream = graph.Add("Add", [stream, Attention(Norm(stream, VisionTensorNames.AttentionNorm(layer), VisionTensorNames.AttentionNormBias(layer)), layer)]);
            graph.Scope = $"layers.{layer}/feed_forward";
            stream = graph.Add("Add", [stream, FeedForward(Norm(stream, VisionTensorNames.FeedForwardNorm(layer), VisionTensorNames.FeedForwardNormBias(layer)), layer)]);
        }

        graph.Scope = "head";
        var embedding = Pooled(graph.Add("Reshape", [stream, graph.List(-1, config.Positions, config.HiddenSize)]));
        graph.Output(embedding, OnnxType.Float, Batch, config.HiddenSize);
        var logits = graph.Add(
            "Gemm", [embedding, Weight(VisionTensorNames.Classifier), Weight(VisionTensorNames.ClassifierBias)], [OnnxAttribute.Of("transB", 1)], "logits");
        graph.Output(logits, OnnxType.Float, Batch, config.Classes);
    }

    /// <summary>Patches with the class token before them, where there is one, and positions: (batch, positions, hidden).</summary>
    private string Embedded()
    {
        var pixels = graph.Input("pixel_values", OnnxType.Float, Batch, config.Channels, config.ImageSize, config.ImageSize);
        var patches = graph.Add(
            "Conv", [pixels, Weight(VisionTensorNames.Patch), Weight(VisionTensorNames.PatchBias)],
            [OnnxAttribute.Of("kernel_shape", [config.PatchSize, config.PatchSize]), OnnxAttribute.Of("strides", [config.PatchSize, config.PatchSize])]);
        patches = graph.Add("Transpose", [graph.Add("Reshape", [patches, graph.List(0, config.HiddenSize, config.Patches)])], [OnnxAttribute.Of("perm", [0, 2, 1])]);
        if (config.Pooling == VisionPooling.ClassToken)
        {
            var batch = graph.Add("Slice", [graph.Add("Shape", [pixels]), graph.List(0), graph.List(1)]);                 // (1)
            var shape = graph.Add("Concat", [batch, graph.List(1, config.HiddenSize)], [OnnxAttribute.Of("axis", 0)]);
            patches = graph.Add("Concat", [graph.Add("Expand", [Weight(VisionTensorNames.ClassToken), shape]), patches], [OnnxAttribute.Of("axis", 1)]);
        }

        return graph.Add("Add", [patches, Weight(VisionTensorNames.Positions)]);
    }

    private string Attention(string input, int layer)
    {
        var query = Heads(Linear(input, VisionTensorNames.Query(layer), VisionTensorNames.QueryBias(layer)), 0, 2, 1, 3);  // (batch, heads, positions, head size)
        var keys = Heads(Linear(input, VisionTensorNames.Key(layer), VisionTensorNames.KeyBias(layer)), 0, 2, 3, 1);       // (batch, heads, head size, positions)
        var values = Heads(Linear(input, VisionTensorNames.Value(layer), VisionTensorNames.ValueBias(layer)), 0, 2, 1, 3);
        query = graph.Add("Mul", [query, graph.Number((float)(1 / Math.Sqrt(config.HeadSize)))]);
        var shares = graph.Add("Softmax", [graph.Add("MatMul", [query, keys])], [OnnxAttribute.Of("axis", -1)]);
        var mixed = graph.Add("Transpose", [graph.Add("MatMul", [shares, values])], [OnnxAttribute.Of("perm", [0, 2, 1, 3])]);
        return Linear(Rows(mixed), VisionTensorNames.Output(layer), VisionTensorNames.OutputBias(layer));
    }

    private string FeedForward(string input, int layer) => Linear(
        graph.Gelu(Linear(input, VisionTensorNames.Up(layer), VisionTensorNames.UpBias(layer))), VisionTensorNames.Down(layer), VisionTensorNames.DownBias(layer));

    /// <summary>The vector that stands for each picture, (batch, hidden).</summary>
    private string Pooled(string stream)
    {
        if (config.Pooling == VisionPooling.Mean)
            return graph.Add("ReduceMean", [Norm(stream, VisionTensorNames.FinalNorm, VisionTensorNames.FinalNormBias), graph.List(1)], [OnnxAttribute.Of("keepdims", 0)], "embeddings");
        var first = graph.Add("Gather", [stream, graph.Number(0)], [OnnxAttribute.Of("axis", 1)]);
        return graph.Add("LayerNormalization", [first, Weight(VisionTensorNames.FinalNorm), Weight(VisionTensorNames.FinalNormBias)], [OnnxAttribute.Of("epsilon", config.NormEpsilon)], "embeddings");
    }

    private string Norm(string input, string scale, string bias) =>
        graph.Add("LayerNormalization", [input, Weight(scale), Weight(bias)], [OnnxAttribute.Of("epsilon", config.NormEpsilon)]);

    private string Heads(string rows, params ReadOnlySpan<long> order) => graph.Add(
        "Transpose", [graph.Add("Reshape", [rows, graph.List(-1, config.Positions, config.Heads, config.HeadSize)])], [OnnxAttribute.Of("perm", order)]);

    /// <summary>Rows times a matrix that is stored (outputs, inputs).</summary>
    private string Linear(string input, string matrix, string bias) => graph.Add("Gemm", [input, Weight(matrix), Weight(bias)], [OnnxAttribute.Of("transB", 1)]);

    private string Rows(string input) => graph.Add("Reshape", [input, graph.List(-1, config.HiddenSize)]);

    private static string Numbers(IReadOnlyList<float> values) => string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    private string Weight(string name) => graph.Weight(weight(name));
}
