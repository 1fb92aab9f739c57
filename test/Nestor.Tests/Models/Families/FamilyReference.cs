using System.Text.Json.Nodes;
using Nestor.Formats;

namespace Nestor.Tests.Models.Families;

/// <summary>
/// The network of a folder, once more and from the folder alone: raw keys, literal names, double precision, no cache, no tiles. Biases and
/// norms of heads are used where the folder holds them.
/// </summary>
internal sealed class FamilyReference : IDisposable
{
    private readonly JsonObject config;
    private readonly TensorStore tensors;
    private readonly Dictionary<string, double[][]> matrices = [];
    private readonly int heads, keyValueHeads, headSize;

    public FamilyReference(string folder)
    {
        config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();
        tensors = TensorStore.Open(folder);
        (heads, keyValueHeads) = ((int)config["num_attention_heads"]!, (int)config["num_key_value_heads"]!);
        headSize = (int?)config["head_dim"] ?? (int)config["hidden_size"]! / heads;
    }

    public void Dispose() => tensors.Dispose();

    /// <summary>Logits after each token, with the first neurons of each layer that a width allows: (tokens * vocabulary).</summary>
    public double[] Logits(int[] tokens, params int[] widths)
    {
        var x = tokens.Select(token => Matrix("model.embed_tokens.weight")[token]).ToArray();
        for (var i = 0; i < (int)config["num_hidden_layers"]!; i++)
        {
            var at = $"model.layers.{i}.";
            var width = widths.Length == 0 ? int.MaxValue : widths[i];
            x = Sum(x, Attention([.. x.Select(v => Norm(v, at + "input_layernorm.weight"))], at + "self_attn."));
            x = Sum(x, [.. x.Select(v => FeedForward(Norm(v, at + "post_attention_layernorm.weight"), at + "mlp.", width))]);
        }

        var head = Matrix((bool)config["tie_word_embeddings"]! ? "model.embed_tokens.weight" : "lm_head.weight");
        return [.. x.SelectMany(v => Product(head, Norm(v, "model.norm.weight")))];
    }

    private double[] FeedForward(double[] x, string at, int width)
    {
        double[] gate = Product(Matrix(at + "gate_proj.weight"), x), up = Product(Matrix(at + "up_proj.weight"), x);
        return Product(Matrix(at + "down_proj.weight"), [.. gate.Select((g, i) => i < width ? g / (1 + Math.Exp(-g)) * up[i] : 0)]);
    }

    private double[][] Attention(double[][] x, string at)
    {
        var queries = Projected(x, at + "q_proj", at + "q_norm.weight", heads);
        var keys = Projected(x, at + "k_proj", at + "k_norm.weight", keyValueHeads);
        var values = Projected(x, at + "v_proj", norm: null, keyValueHeads);
        var window = (string)config["model_type"]! == "mistral" ? (int?)config["sliding_window"] ?? int.MaxValue : int.MaxValue;
        var output = Matrix(at + "o_proj.weight");
        return [.. x.Select((_, t) =>
        {
            var mixed = new List<double>();
            for (var head = 0; head < heads; head++)
            {
                var shared = head * keyValueHeads / heads;
                var seen = Enumerable.Range(0, t + 1).Where(p => t - p < window).ToArray();
                var weights = seen.Select(p => Math.Exp(Dot(queries[t][head], keys[p][shared]) / Math.Sqrt(headSize))).ToArray();
                mixed.AddRange(Enumerable.Range(0, headSize).Select(i => seen.Select((p, k) => weights[k] * values[p][shared][i]).Sum() / weights.Sum()));
            }

            return Product(output, [.. mixed]);
        })];
    }

    // (tokens, heads, head size); rotated unless it is values.
    private double[][][] Projected(double[][] x, string name, string? norm, int count)
    {
        var bias = tensors.Contains(name + ".bias") ? Matrix(name + ".bias")[0] : null;
        return [.. x.Select((v, position) =>
        {
            var all = Product(Matrix(name + ".weight"), v).Select((value, i) => value + (bias?[i] ?? 0)).ToArray();
            return Enumerable.Range(0, count).Select(head =>
            {
                var own = all[(head * headSize)..((head + 1) * headSize)];
                if (norm is null)
                    return own;
                return Rotated(tensors.Contains(norm) ? Norm(own, norm) : own, position);
            }).ToArray();
        })];
    }

    private double[] Rotated(double[] head, int position)
    {
        var half = headSize / 2;
        var result = new double[headSize];
        for (var i = 0; i < half; i++)
        {
            var angle = position * Frequency(i);
            result[i] = head[i] * Math.Cos(angle) - head[i + half] * Math.Sin(angle);
            result[i + half] = head[i + half] * Math.Cos(angle) + head[i] * Math.Sin(angle);
        }

        return result;
    }

    // The rule as HuggingFace's library has it: by wave lengths.
    private double Frequency(int pair)
    {
        var theta = (double?)config["rope_parameters"]?["rope_theta"] ?? (double)config["rope_theta"]!;
        var frequency = Math.Pow(theta, -2.0 * pair / headSize);
        var scaling = config["rope_scaling"] ?? config["rope_parameters"];
        if ((string?)scaling?["rope_type"] != "llama3")
            return frequency;
        double factor = (double)scaling["factor"]!, low = (double)scaling["low_freq_factor"]!, high = (double)scaling["high_freq_factor"]!;
        double context = (double)scaling["original_max_position_embeddings"]!, wave = 2 * Math.PI / frequency;
        if (wave < context / high)
            return frequency;
        if (wave > context / low)
            return frequency / factor;
        var smooth = (context / wave - low) / (high - low);
        return (1 - smooth) * frequency / factor + smooth * frequency;
    }

    private double[] Norm(double[] x, string name)
    {
        var weight = Matrix(name)[0];
        var root = Math.Sqrt(Dot(x, x) / x.Length + (double)config["rms_norm_eps"]!);
        return [.. x.Select((value, i) => value / root * weight[i])];
    }

    private double[][] Matrix(string name)
    {
        if (matrices.TryGetValue(name, out var known))
            return known;
        var tensor = tensors.Get(name);
        var values = new float[tensor.Count];
        tensor.CopyTo(values);
        return matrices[name] = [.. values.Select(v => (double)v).Chunk((int)tensor.Shape[^1])];
    }

    private static double[][] Sum(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (u, v) => u + v).ToArray())];

    private static double[] Product(double[][] matrix, double[] x) => [.. matrix.Select(row => Dot(row, x))];

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
