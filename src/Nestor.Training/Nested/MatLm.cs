using Nestor.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Nested;

/// <summary>A decoder-only language model with nested feed-forward blocks, run at a width plan given with each call.</summary>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §3. Per layer: <c>x += attention(norm(x))</c>, then <c>x += feedForward(norm(x), width)</c>; a final
/// norm; the head. Attention, norms and embeddings are shared by all plans.
/// </remarks>
public sealed class MatLm : IDisposable
{
    private readonly List<NestedParameter> parameters = [];
    private readonly RotaryPositions positions;
    private readonly Layer[] layers;
    private readonly Parameter embedding;
    private readonly RmsNorm finalNorm;
    private readonly Parameter head;

    /// <summary>Builds the model around weights that <paramref name="weight"/> makes, one for each name and shape.</summary>
    private MatLm(ModelConfig config, Device device, Func<string, long[], Tensor> weight)
    {
        config.Validate();
        (Config, Device) = (config, device);
        positions = new RotaryPositions(config.HeadSize, config.ContextLength, config.RopeTheta, device);

        Parameter AddNeurons(NeuronAxis? neurons, string name, params long[] shape)
        {
            using var scope = NewDisposeScope();
            var parameter = new Parameter(weight(name, shape).to(device, copy: true));
            parameter.DetachFromDisposeScope();
            parameters.Add(new NestedParameter(name, parameter, neurons));
            return parameter;
        }

        Parameter Add(string name, params long[] shape) => AddNeurons(null, name, shape);

        RmsNorm Norm(string name) => new(Add(name, config.HiddenSize), config.NormEpsilon);

        long hidden = config.HiddenSize, query = config.Heads * config.HeadSize, keyValue = config.KeyValueHeads * config.HeadSize;
        embedding = Add(TensorNames.Embedding, config.VocabularySize, hidden);
        layers = new Layer[config.Layers];
        for (var i = 0; i < layers.Length; i++)
        {
            var attentionNorm = Norm(TensorNames.AttentionNorm(i));
            var attention = new CausalAttention(
                config,
                positions,
                Add(TensorNames.Query(i), query, hidden),
                Add(TensorNames.Key(i), keyValue, hidden),
                Add(TensorNames.Value(i), keyValue, hidden),
                Add(TensorNames.Output(i), hidden, query));
            var feedForwardNorm = Norm(TensorNames.FeedForwardNorm(i));
            var width = config.FullWidths[i];
            var feedForward = new NestedFeedForward(
                config.FeedForward,
                config.FeedForward == FeedForwardKind.SwiGlu ? AddNeurons(new NeuronAxis(i, 0), TensorNames.Gate(i), width, hidden) : null,
                AddNeurons(new NeuronAxis(i, 0), TensorNames.Up(i), width, hidden),
                AddNeurons(new NeuronAxis(i, 1), TensorNames.Down(i), hidden, width));
            layers[i] = new Layer(attentionNorm, attention, feedForwardNorm, feedForward);
        }

        finalNorm = Norm(TensorNames.FinalNorm);
        head = config.TieEmbeddings ? embedding : Add(TensorNames.Head, config.VocabularySize, hidden);
    }

    /// <summary>The shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Where the weights are.</summary>
    public Device Device { get; }

    /// <summary>Every weight, in the order of the forward pass.</summary>
    public IReadOnlyList<NestedParameter> Parameters => parameters;

    /// <summary>The feed-forward block of each layer.</summary>
    public IEnumerable<NestedFeedForward> FeedForwards => layers.Select(layer => layer.FeedForward);

    /// <summary>A new model with random weights.</summary>
    /// <remarks>
    /// Normal with deviation 0.02, and 0.02 / sqrt(2 · layers) for the two projections of each layer that add to the residual stream
    /// (Radford et al. 2019, GPT-2, §2.3); norms are 1. Drawn on the CPU, so that a seed gives the same model on every device.
    /// </remarks>
    public static MatLm Create(ModelConfig config, ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        config.Validate();
        const double Deviation = 0.02;
        var residualDeviation = Deviation / Math.Sqrt(2 * config.Layers);
        var addsToResidual = Enumerable.Range(0, config.Layers).SelectMany(i => new[] { TensorNames.Output(i), TensorNames.Down(i) }).ToHashSet();
        using var random = new Generator(unchecked((ulong)(seed + 1)), CPU);
        return new MatLm(config, device ?? CPU, (name, shape) =>
            shape.Length == 1
                ? ones(shape)
                : randn(shape, generator: random).mul_(addsToResidual.Contains(name) ? residualDeviation : Deviation));
    }

    /// <summary>Scores the next token at every position.</summary>
    /// <param name="tokens">(batch, time), int64; time is at most the context length.</param>
    /// <param name="plan">Feed-forward widths, one per layer.</param>
    /// <returns>(batch, time, vocabulary).</returns>
    public Tensor Forward(Tensor tokens, WidthPlan plan)
    {
        if (tokens.shape is not [_, var time] || time > Config.ContextLength)
            throw new ArgumentException($"Tokens of shape ({string.Join(", ", tokens.shape)}) were given; (batch, time up to {Config.ContextLength}) is wanted.", nameof(tokens));
        WidthPlanText.Validate(plan, Config);

        var stream = embedding.index_select(0, tokens.flatten()).view(tokens.shape[0], time, Config.HiddenSize);                                                       // (batch, time, hidden)
        for (var i = 0; i < layers.Length; i++)
        {
            stream = stream + layers[i].Attention.Forward(layers[i].AttentionNorm.Forward(stream));
            stream = stream + layers[i].FeedForward.Forward(layers[i].FeedForwardNorm.Forward(stream), plan[i]);
        }

        return linear(finalNorm.Forward(stream), head);                                                // (batch, time, vocabulary)
    }

    /// <summary>Frees every weight.</summary>
    public void Dispose()
    {
        positions.Dispose();
        foreach (var parameter in parameters)
        {
            parameter.Weight.grad?.Dispose();
            parameter.Weight.Dispose();
        }
    }

    private sealed record Layer(RmsNorm AttentionNorm, CausalAttention Attention, RmsNorm FeedForwardNorm, NestedFeedForward FeedForward);
}
