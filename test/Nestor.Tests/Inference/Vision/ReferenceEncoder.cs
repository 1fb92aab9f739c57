using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Tests.Inference.Vision;

/// <summary>The network once more: scalar, double precision, masks instead of slices. Slow, and too simple to be wrong.</summary>
internal sealed class ReferenceEncoder(VisionCheckpoint checkpoint)
{
    private readonly VisionConfig config = checkpoint.Config;

    /// <summary>Embedding and scores of one picture, (channels, height, width).</summary>
    public (double[] Embedding, double[] Logits) Read(ReadOnlySpan<float> image, WidthPlan plan)
    {
        var stream = Embed(image.ToArray());
        for (var layer = 0; layer < config.Layers; layer++)
        {
            stream = Add(stream, Attention(Each(stream, x => Norm(x, VisionTensorNames.AttentionNorm(layer), VisionTensorNames.AttentionNormBias(layer))), layer));
            stream = Add(stream, Each(stream, x => FeedForward(Norm(x, VisionTensorNames.FeedForwardNorm(layer), VisionTensorNames.FeedForwardNormBias(layer)), layer, plan[layer])));
        }

        stream = Each(stream, x => Norm(x, VisionTensorNames.FinalNorm, VisionTensorNames.FinalNormBias));
        var embedding = config.Pooling == VisionPooling.ClassToken
            ? stream[0]
            : [.. Enumerable.Range(0, config.HiddenSize).Select(i => stream.Average(x => x[i]))];
        return (embedding, Linear(embedding, VisionTensorNames.Classifier, VisionTensorNames.ClassifierBias));
    }

    private double[][] Embed(float[] image)
    {
        int side = config.ImageSize, patch = config.PatchSize, perSide = side / patch;
        var projection = Values(VisionTensorNames.Patch);
        var bias = Values(VisionTensorNames.PatchBias);
        var rows = new List<double[]>();
        if (config.Pooling == VisionPooling.ClassToken)
            rows.Add(Values(VisionTensorNames.ClassToken));
        for (var index = 0; index < perSide * perSide; index++)
        {
            rows.Add([.. Enumerable.Range(0, config.HiddenSize).Select(output =>
            {
                var sum = bias[output];
                for (var channel = 0; channel < config.Channels; channel++)
                {
                    for (var y = 0; y < patch; y++)
                    {
                        for (var x = 0; x < patch; x++)
                        {
                            sum += projection[((output * config.Channels + channel) * patch + y) * patch + x]
                                * image[(channel * side + index / perSide * patch + y) * side + index % perSide * patch + x];
                        }
                    }
                }

                return sum;
            })]);
        }

        return Add([.. rows], [.. Values(VisionTensorNames.Positions).Chunk(config.HiddenSize)]);
    }

    private double[] FeedForward(double[] x, int layer, int width)
    {
        var neurons = Linear(x, VisionTensorNames.Up(layer), VisionTensorNames.UpBias(layer)).Select((u, j) => j < width ? u * Normal.Below(u) : 0).ToArray();
        return Linear(neurons, VisionTensorNames.Down(layer), VisionTensorNames.DownBias(layer));
    }

    private double[][] Attention(double[][] x, int layer)
    {
        double[][] queries = Each(x, v => Linear(v, VisionTensorNames.Query(layer), VisionTensorNames.QueryBias(layer)));
        double[][] keys = Each(x, v => Linear(v, VisionTensorNames.Key(layer), VisionTensorNames.KeyBias(layer)));
        double[][] values = Each(x, v => Linear(v, VisionTensorNames.Value(layer), VisionTensorNames.ValueBias(layer)));
        var mixed = Each(x, _ => new double[config.HiddenSize]);
        var size = config.HeadSize;
        for (var head = 0; head < config.Heads; head++)
        {
            var elements = Enumerable.Range(head * size, size).ToArray();
            for (var t = 0; t < x.Length; t++)
            {
                var weights = keys.Select(key => Math.Exp(elements.Sum(i => queries[t][i] * key[i]) / Math.Sqrt(size))).ToArray();
                foreach (var i in elements)
                    mixed[t][i] = weights.Select((weight, p) => weight * values[p][i]).Sum() / weights.Sum();
            }
        }

        return Each(mixed, m => Linear(m, VisionTensorNames.Output(layer), VisionTensorNames.OutputBias(layer)));
    }

    private double[] Norm(double[] x, string weight, string bias)
    {
        var mean = x.Average();
        var scale = 1 / Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + config.NormEpsilon);
        var (weights, biases) = (Values(weight), Values(bias));
        return [.. x.Select((v, i) => (v - mean) * scale * weights[i] + biases[i])];
    }

    private double[] Linear(double[] x, string matrix, string bias) =>
        [.. Values(matrix).Chunk(x.Length).Zip(Values(bias), (row, added) => row.Zip(x, (w, v) => w * v).Sum() + added)];

    private double[] Values(string name)
    {
        var tensor = checkpoint.Tensors.Get(name);
        var values = new float[tensor.Count];
        tensor.CopyTo(values);
        return [.. values.Select(v => (double)v)];
    }

    private static double[][] Each(double[][] rows, Func<double[], double[]> map) => [.. rows.Select(map)];

    private static double[][] Add(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (u, v) => u + v).ToArray())];
}
