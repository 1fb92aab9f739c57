using Nestor.Models;

namespace Nestor.Tests.Inference;

/// <summary>The network once more: scalar, double precision, no cache, masks instead of slices. Slow, and too simple to be wrong.</summary>
internal sealed class ReferenceDecoder(Checkpoint checkpoint)
{
    private readonly ModelConfig config = checkpoint.Config;

    /// <summary>Logits after each token: (tokens, vocabulary).</summary>
    public double[][] Logits(int[] tokens, WidthPlan plan)
    {
        var head = Matrix(config.TieEmbeddings ? TensorNames.Embedding : TensorNames.Head, config.HiddenSize);
        return Hidden(tokens, plan).Select(x => Product(head, x)).ToArray();
    }

    /// <summary>Each token's vector after the final norm: (tokens, hidden).</summary>
    public double[][] Hidden(int[] tokens, WidthPlan plan)
    {
        var embedding = Matrix(TensorNames.Embedding, config.HiddenSize);
        var stream = tokens.Select(token => (double[])embedding[token].Clone()).ToArray();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            stream = Add(stream, Attention(stream.Select(x => Norm(x, TensorNames.AttentionNorm(layer))).ToArray(), layer));
            stream = Add(stream, stream.Select(x => FeedForward(Norm(x, TensorNames.FeedForwardNorm(layer)), layer, plan[layer])).ToArray());
        }

        return stream.Select(x => Norm(x, TensorNames.FinalNorm)).ToArray();
    }

    /// <summary>The feed-forward block of a layer with all neurons from <paramref name="width"/> on masked.</summary>
    public double[] FeedForward(double[] x, int layer, int width)
    {
        var up = Product(Matrix(TensorNames.Up(layer), config.HiddenSize), x);
        var gate = config.FeedForward == FeedForwardKind.SwiGlu ? Product(Matrix(TensorNames.Gate(layer), config.HiddenSize), x) : up;
        var neurons = up.Select((u, j) => j >= width ? 0 : config.FeedForward switch
        {
            FeedForwardKind.SwiGlu => u * gate[j] / (1 + Math.Exp(-gate[j])),
            FeedForwardKind.Gelu => u * Normal.Below(u),
            _ => u > 0 ? u * u : 0,
        }).ToArray();
        return Product(Matrix(TensorNames.Down(layer), up.Length), neurons);
    }

    private double[][] Attention(double[][] x, int layer)
    {
        double[][] Project(string name) => x.Select(v => Product(Matrix(name, config.HiddenSize), v)).ToArray();
        double[][] Heads(double[][] all, int head) => all.Select(v => v[(head * config.HeadSize)..((head + 1) * config.HeadSize)]).ToArray();
        double[][] queries = Project(TensorNames.Query(layer)), keys = Project(TensorNames.Key(layer)), values = Project(TensorNames.Value(layer));
        var mixed = x.Select(_ => new List<double>()).ToArray();
        for (var head = 0; head < config.Heads; head++)
        {
            var shared = head / (config.Heads / config.KeyValueHeads);
            double[][] q = Heads(queries, head).Select(Rotate).ToArray(), k = Heads(keys, shared).Select(Rotate).ToArray(), v = Heads(values, shared);
            for (var t = 0; t < x.Length; t++)
            {
                var weights = Enumerable.Range(0, t + 1).Select(p => Math.Exp(Dot(q[t], k[p]) / Math.Sqrt(config.HeadSize))).ToArray();
                mixed[t].AddRange(Enumerable.Range(0, config.HeadSize).Select(i => weights.Select((w, p) => w * v[p][i]).Sum() / weights.Sum()));
            }
        }

        var output = Matrix(TensorNames.Output(layer), config.Heads * config.HeadSize);
        return mixed.Select(m => Product(output, [.. m])).ToArray();
    }

    private double[] Rotate(double[] head, int position)
    {
        var half = head.Length / 2;
        return [.. head.Select((value, i) =>
        {
            var angle = position * (float)Math.Pow(config.RopeTheta, -2.0 * (i % half) / head.Length);
            return i < half ? value * Math.Cos(angle) - head[i + half] * Math.Sin(angle) : value * Math.Cos(angle) + head[i - half] * Math.Sin(angle);
        })];
    }

    private double[] Norm(double[] x, string name)
    {
        var weight = Matrix(name, config.HiddenSize)[0];
        var scale = 1 / Math.Sqrt(Dot(x, x) / x.Length + config.NormEpsilon);
        return [.. x.Select((value, i) => value * scale * weight[i])];
    }

    private double[][] Matrix(string name, int columns)
    {
        var tensor = checkpoint.Tensors.Get(name);
        var values = new float[tensor.Count];
        tensor.CopyTo(values);
        return values.Chunk(columns).Select(row => row.Select(v => (double)v).ToArray()).ToArray();
    }

    private static double[][] Add(double[][] a, double[][] b) => a.Zip(b, (x, y) => x.Zip(y, (u, v) => u + v).ToArray()).ToArray();

    private static double[] Product(double[][] matrix, double[] x) => [.. matrix.Select(row => Dot(row, x))];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
