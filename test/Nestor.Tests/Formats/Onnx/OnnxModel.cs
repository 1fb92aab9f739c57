using Microsoft.ML.OnnxRuntime;

namespace Nestor.Tests.Formats.Onnx;

/// <summary>An exported decoder in ONNX Runtime, which is not ours, with the cache between its calls.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession session;
    private readonly Dictionary<string, OrtValue> cache = [];

    public OnnxModel(string path)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        session = new InferenceSession(path, options);
    }

    public IReadOnlyDictionary<string, NodeMetadata> Inputs => session.InputMetadata;

    public IReadOnlyDictionary<string, NodeMetadata> Outputs => session.OutputMetadata;

    /// <summary>Reads tokens of sequences of one length, after those that were read before.</summary>
    /// <param name="tokens">(batch, sequence)</param>
    /// <param name="mask">(batch, past and sequence); all ones if not given.</param>
    /// <param name="positions">(batch, sequence); counted from the past on if not given.</param>
    /// <returns>(batch * sequence * vocabulary)</returns>
    public float[] Read(int[][] tokens, int[][]? mask = null, int[][]? positions = null)
    {
        var (batch, length) = (tokens.Length, tokens[0].Length);
        var past = cache.Count == 0 ? 0 : (int)cache.Values.First().GetTensorTypeAndShape().Shape[2];
        mask ??= [.. tokens.Select(_ => Enumerable.Repeat(1, past + length).ToArray())];
        positions ??= [.. tokens.Select(_ => Enumerable.Range(past, length).ToArray())];
        var inputs = new Dictionary<string, OrtValue>
        {
            ["input_ids"] = Numbers(tokens),
            ["attention_mask"] = Numbers(mask),
            ["position_ids"] = Numbers(positions),
        };
        foreach (var (name, about) in Inputs.Where(input => input.Key.StartsWith("past_key_values.", StringComparison.Ordinal)))
            inputs[name] = cache.GetValueOrDefault(name) ?? OrtValue.CreateTensorValueFromMemory(Array.Empty<float>(), [batch, about.Dimensions[1], 0, about.Dimensions[3]]);

        using var run = new RunOptions();
        using var outputs = session.Run(run, inputs, [.. Outputs.Keys]);
        float[] logits = [];
        foreach (var (name, value) in Outputs.Keys.Zip(outputs))
        {
            if (name == "logits")
                logits = value.GetTensorDataAsSpan<float>().ToArray();
            else
                Keep(name.Replace("present.", "past_key_values.", StringComparison.Ordinal), value);
        }

        return logits;
    }

    public void Dispose()
    {
        foreach (var value in cache.Values)
            value.Dispose();
        session.Dispose();
    }

    private void Keep(string name, OrtValue value)
    {
        cache.GetValueOrDefault(name)?.Dispose();
        cache[name] = OrtValue.CreateTensorValueFromMemory(value.GetTensorDataAsSpan<float>().ToArray(), value.GetTensorTypeAndShape().Shape);
    }

    private static OrtValue Numbers(int[][] rows) =>
        OrtValue.CreateTensorValueFromMemory(rows.SelectMany(row => row.Select(number => (long)number)).ToArray(), [rows.Length, rows[0].Length]);
}
