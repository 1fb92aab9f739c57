using System.Collections.Immutable;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Text;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Nested;

/// <summary>A decoder-only language model with nested feed-forward blocks, run at a width plan given with each call.</summary>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §3. Per layer: <c>x += attention(norm(x))</c>, then <c>x += feedForward(norm(x), width)</c>; a final
/// norm; the head. Attention, norms and embeddings are shared by all plans.
/// </remarks>
public sealed class MatLm : INestedModel, IFeedForwardStack, IPrunable
{
    // Logits computed at once for the loss: more would only be written to memory and read back.
    private const int LogitsPerChunk = 1 << 21;

    private readonly RotaryPositions positions;
    private readonly Layer[] layers;
    private readonly Parameter embedding;
    private readonly RmsNorm finalNorm;
    private readonly Parameter head;

    private MatLm(ModelConfig config, Device device, Func<string, long[], Tensor> initialWeight)
    {
        Check(config);
        (Config, Device) = (config, device);
        var neurons = NeuronAxes(config);
        Parameters = [.. TensorNames.All(config).Select(tensor => new NestedParameter(
            tensor.Name, Own(initialWeight(tensor.Name, [.. tensor.Shape])), neurons.TryGetValue(tensor.Name, out var axis) ? axis : null))];

        Parameter Own(Tensor weight)
        {
            using (weight)
                return (Parameter)new Parameter(weight.to(device, copy: true)).DetachFromDisposeScope();
        }

        var byName = Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Weight);
        RmsNorm Norm(string name) => new(byName[name], config.NormEpsilon);

        positions = new RotaryPositions(config.HeadSize, config.ContextLength, config.RopeTheta, device);
        embedding = byName[TensorNames.Embedding];
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new Layer(
            Norm(TensorNames.AttentionNorm(i)),
            new CausalAttention(
                config, positions, byName[TensorNames.Query(i)], byName[TensorNames.Key(i)], byName[TensorNames.Value(i)], byName[TensorNames.Output(i)]),
            Norm(TensorNames.FeedForwardNorm(i)),
            new NestedFeedForward(
                config.FeedForward, byName.GetValueOrDefault(TensorNames.Gate(i)), byName[TensorNames.Up(i)], byName[TensorNames.Down(i)])))];
        finalNorm = Norm(TensorNames.FinalNorm);
        head = config.TieEmbeddings ? embedding : byName[TensorNames.Head];
    }

    /// <summary>The shape.</summary>
    public ModelConfig Config { get; }

    INestedConfig INestedModel.Config => Config;

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public bool UseBFloat16 { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<NestedParameter> Parameters { get; }

    /// <inheritdoc/>
    public IReadOnlyList<NestedFeedForward> FeedForwards => [.. layers.Select(layer => layer.FeedForward)];

    /// <summary>The neurons of each layer's feed-forward block, then the heads of its attention.</summary>
    public IReadOnlyList<UnitGroups> Groups => [.. layers.SelectMany((layer, i) => new[] { layer.FeedForward.Groups(i), layer.Attention.Groups(i) })];

    /// <summary>Refuses shapes that the training side does not run.</summary>
    /// <exception cref="NestorException">The shape is impossible, or its attention is not Llama's own.</exception>
    public static void Check(ModelConfig config)
    {
        config.Validate();
        if (!config.HasPlainAttention)
            throw new NestorException($"A model of the family {config.Family} with biases, norms of heads, an attention window or stretched rotary positions cannot be run by the training side; use Nestor's decoder, or a model with Llama's own attention.");
    }

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
        using var random = new Generator(seed, CPU);
        return new MatLm(config, device ?? CPU, (name, shape) => shape.Length == 1
            ? ones(shape)
            : randn(shape, generator: random).mul_(addsToResidual.Contains(name) ? residualDeviation : Deviation));
    }

    /// <summary>A model with the weights of a model folder, in float32.</summary>
    /// <exception cref="NestorException">A tensor is damaged, or the folder is packed.</exception>
    public static MatLm Load(Checkpoint checkpoint, Device? device = null) => Load(checkpoint, checkpoint.Config.Granularities, device);

    /// <summary>A model with the weights of a model folder, in float32, and other granularities than it has.</summary>
    /// <exception cref="NestorException">A tensor is damaged, the folder is packed, or the granularities do not fit.</exception>
    public static MatLm Load(Checkpoint checkpoint, IReadOnlyList<Granularity> granularities, Device? device = null)
    {
        checkpoint.ThrowIfPacked("to train or to evaluate in TorchSharp");
        TorchRuntime.EnsureLoaded();
        return new MatLm(checkpoint.Config with { Granularities = granularities }, device ?? CPU, (name, shape) =>
        {
            var weight = empty(shape, ScalarType.Float32);
            checkpoint.Tensors.Get(name, shape).CopyTo(TensorMemory.Floats(weight));
            return weight;
        });
    }

    /// <summary>A model of its own that holds the first neurons of each layer, the first heads, and the rest as it is.</summary>
    /// <param name="plan">Neurons of each layer to keep.</param>
    /// <param name="keyValueHeads">Key-value heads of every layer to keep, with the query heads that read them; null for all.</param>
    /// <exception cref="NestorException">The plan does not fit the model, or it has fewer heads.</exception>
    public MatLm Cut(WidthPlan plan, int? keyValueHeads = null)
    {
        WidthPlanText.Validate(plan, Config);
        var heads = keyValueHeads ?? Config.KeyValueHeads;
        if (heads < 1 || heads > Config.KeyValueHeads)
            throw new NestorException($"{heads} key-value heads were to stay, the model has {Config.KeyValueHeads}; ask for 1 to {Config.KeyValueHeads}.");
        var narrowest = plan.AsSpan().ToArray().Min();
        var config = Config with
        {
            FullWidths = plan,
            Granularities = [.. Config.Granularities.Where(granularity => granularity.Width <= narrowest)],
            Heads = Config.Heads / Config.KeyValueHeads * heads,
            KeyValueHeads = heads,
        };
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return new MatLm(config, Device, new UnitPrefix(Groups, groups => groups.Kind == GroupKind.AttentionHead ? heads : plan[groups.Layer]).Weights(Parameters));
    }

    /// <summary>Scores the next token at every position.</summary>
    /// <param name="tokens">(batch, time), int64; time is at most the context length.</param>
    /// <param name="plan">Feed-forward widths, one per layer.</param>
    /// <returns>(batch, time, vocabulary), in bfloat16 with <see cref="UseBFloat16"/>.</returns>
    public Tensor Forward(Tensor tokens, WidthPlan plan)
    {
        using var precision = Autocast.Begin(Device, UseBFloat16);
        return linear(Features(tokens, plan), head);
    }

    /// <summary>Mean cross-entropy of the next token, in nats; the logits of all positions never exist at once.</summary>
    /// <param name="tokens">(batch, time), int64.</param>
    /// <param name="targets">(batch, time), int64: the token after each position.</param>
    /// <param name="plan">Feed-forward widths, one per layer.</param>
    /// <returns>A scalar.</returns>
    public Tensor Loss(Tensor tokens, Tensor targets, WidthPlan plan)
    {
        using var precision = Autocast.Begin(Device, UseBFloat16);
        var features = Features(tokens, plan).flatten(0, 1);                                            // (examples, hidden)
        var classes = targets.flatten();                                                                // (examples)
        var (examples, chunk) = (classes.shape[0], Math.Max(1, LogitsPerChunk / Config.VocabularySize));
        var total = zeros(1, device: Device);
        for (long start = 0; start < examples; start += chunk)
        {
            var count = Math.Min(chunk, examples - start);
            var logits = linear(features.narrow(0, start, count), head);                                // (count, vocabulary)
            total = total + cross_entropy(logits, classes.narrow(0, start, count), reduction: nn.Reduction.Sum);
        }

        return total.squeeze() / examples;
    }

    Tensor INestedModel.Scores(TrainingBatch batch, WidthPlan plan) => Forward(batch.Inputs, plan).flatten(0, 1);

    Tensor INestedModel.Loss(TrainingBatch batch, WidthPlan plan) => Loss(batch.Inputs, batch.Targets, plan);

    void INestedModel.Save(string folder) => Save(folder, tokenizer: null);

    TensorStore? INestedModel.OpenWeights(string folder)
    {
        var checkpoint = Checkpoint.Open(folder);
        if (checkpoint.Config.Equals(Config))
            return checkpoint.Tensors;
        checkpoint.Dispose();
        return null;
    }

    /// <summary>Writes a model folder.</summary>
    /// <param name="folder">Created where it does not exist.</param>
    /// <param name="tokenizer">The tokenizer to put beside the weights, if any.</param>
    /// <param name="type">Type of the weights in the file: F32, F16 or BF16.</param>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public void Save(string folder, Tokenizer? tokenizer, TensorType type = TensorType.F32) =>
        Checkpoint.Write(folder, Config, [.. Parameters.Select(p => TensorMemory.Source(p.Name, p.Weight, type))], tokenizer);

    /// <summary>Frees every weight.</summary>
    public void Dispose()
    {
        positions.Dispose();
        foreach (var parameter in Parameters)
            parameter.Weight.Dispose();
    }

    private static ImmutableDictionary<string, NeuronAxis> NeuronAxes(ModelConfig config) =>
        Enumerable.Range(0, config.Layers)
            .SelectMany(i => new[]
            {
                KeyValuePair.Create(TensorNames.Gate(i), new NeuronAxis(i, 0)),
                KeyValuePair.Create(TensorNames.Up(i), new NeuronAxis(i, 0)),
                KeyValuePair.Create(TensorNames.Down(i), new NeuronAxis(i, 1)),
            })
            .ToImmutableDictionary();

    /// <summary>What the head reads: (batch, time, hidden).</summary>
    private Tensor Features(Tensor tokens, WidthPlan plan)
    {
        if (tokens.shape is not [_, var time] || time > Config.ContextLength)
            throw new ArgumentException($"Tokens of shape ({string.Join(", ", tokens.shape)}) were given; (batch, time up to {Config.ContextLength}) is wanted.", nameof(tokens));
        WidthPlanText.Validate(plan, Config);

        var stream = embedding.index_select(0, tokens.flatten()).view(tokens.shape[0], time, Config.HiddenSize);
        for (var i = 0; i < layers.Length; i++)
        {
            stream = stream + layers[i].Attention.Forward(layers[i].AttentionNorm.Forward(stream));
            stream = stream + layers[i].FeedForward.Forward(layers[i].FeedForwardNorm.Forward(stream), plan[i]);
        }

        return finalNorm.Forward(stream);
    }

    private sealed record Layer(RmsNorm AttentionNorm, CausalAttention Attention, RmsNorm FeedForwardNorm, NestedFeedForward FeedForward);
}
