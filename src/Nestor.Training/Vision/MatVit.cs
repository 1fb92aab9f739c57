using System.Collections.Immutable;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>A vision transformer with nested feed-forward blocks, run at a width plan given with each call.</summary>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §4.2 over the ViT of Dosovitskiy et al. (arXiv 2010.11929, §3.1): patches through one matrix, a class token or the mean of
/// the patches, learned positions; per layer <c>x += attention(norm(x))</c>, then <c>x += feedForward(norm(x), width)</c>; a final norm; the classifier. Everything
/// but the feed-forward blocks is shared by all plans.
/// </remarks>
public sealed class MatVit : IImageModel, IFeedForwardStack, IPrunable
{
    private readonly Layer[] layers;
    private readonly Parameter? classToken;
    private readonly Parameter positions;
    private readonly Projection patches;
    private readonly LayerNorm finalNorm;
    private readonly Projection classifier;

    private MatVit(VisionConfig config, Device device, Func<string, long[], Tensor> initialWeight)
    {
        config.Validate();
        (Config, Device) = (config, device);
        var neurons = NeuronAxes(config);
        Parameters = [.. VisionTensorNames.All(config).Select(tensor => new NestedParameter(
            tensor.Name, Own(initialWeight(tensor.Name, [.. tensor.Shape])), neurons.TryGetValue(tensor.Name, out var axis) ? axis : null))];

        Parameter Own(Tensor weight)
        {
            using (weight)
                return (Parameter)new Parameter(weight.to(device, copy: true)).DetachFromDisposeScope();
        }

        var byName = Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Weight);
        LayerNorm Norm(string weight, string bias) => new(byName[weight], byName[bias], config.NormEpsilon);
        Projection Project(string weight, string bias) => new(byName[weight], byName[bias]);

        classToken = byName.GetValueOrDefault(VisionTensorNames.ClassToken);
        positions = byName[VisionTensorNames.Positions];
        patches = Project(VisionTensorNames.Patch, VisionTensorNames.PatchBias);
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new Layer(
            Norm(VisionTensorNames.AttentionNorm(i), VisionTensorNames.AttentionNormBias(i)),
            new PatchAttention(
                config.Heads,
                Project(VisionTensorNames.Query(i), VisionTensorNames.QueryBias(i)),
                Project(VisionTensorNames.Key(i), VisionTensorNames.KeyBias(i)),
                Project(VisionTensorNames.Value(i), VisionTensorNames.ValueBias(i)),
                Project(VisionTensorNames.Output(i), VisionTensorNames.OutputBias(i))),
            Norm(VisionTensorNames.FeedForwardNorm(i), VisionTensorNames.FeedForwardNormBias(i)),
            new NestedFeedForward(
                FeedForwardKind.Gelu,
                gate: null,
                byName[VisionTensorNames.Up(i)],
                byName[VisionTensorNames.Down(i)],
                byName[VisionTensorNames.UpBias(i)],
                byName[VisionTensorNames.DownBias(i)])))];
        finalNorm = Norm(VisionTensorNames.FinalNorm, VisionTensorNames.FinalNormBias);
        classifier = Project(VisionTensorNames.Classifier, VisionTensorNames.ClassifierBias);
    }

    /// <summary>The shape.</summary>
    public VisionConfig Config { get; }

    INestedConfig INestedModel.Config => Config;

    IImageConfig IImageModel.Images => Config;

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public bool UseBFloat16 { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<NestedParameter> Parameters { get; }

    /// <inheritdoc/>
    public IReadOnlyList<NestedFeedForward> FeedForwards => [.. layers.Select(layer => layer.FeedForward)];

    /// <summary>Residual blocks that stochastic depth may skip: attention and feed-forward of each layer.</summary>
    public int Blocks => 2 * layers.Length;

    /// <summary>The neurons of each layer's feed-forward block, then the heads of its attention.</summary>
    public IReadOnlyList<UnitGroups> Groups => [.. layers.SelectMany((layer, i) => new[] { layer.FeedForward.Groups(i), layer.Attention.Groups(i) })];

    /// <summary>A new model with random weights.</summary>
    /// <remarks>
    /// Matrices, class token and positions are normal with deviation 0.02, biases and the classifier 0, norms 1 (Dosovitskiy et al. begin from a
    /// classifier of zeros too, §3.2; Scenic's other choices are larger). Drawn on the CPU, so that a seed gives the same model on every device.
    /// </remarks>
    public static MatVit Create(VisionConfig config, ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        config.Validate();
        const double Deviation = 0.02;
        using var random = new Generator(seed, CPU);
        return new MatVit(config, device ?? CPU, (name, shape) => name switch
        {
            VisionTensorNames.Classifier => zeros(shape),
            _ when shape.Length > 1 => randn(shape, generator: random).mul_(Deviation),
            _ => name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape) : ones(shape),
        });
    }

    /// <summary>A model with the weights of a model folder, in float32.</summary>
    /// <exception cref="NestorException">A tensor is damaged.</exception>
    public static MatVit Load(VisionCheckpoint checkpoint, Device? device = null) => Load(checkpoint, checkpoint.Config.Granularities, device);

    /// <summary>A model with the weights of a model folder, in float32, and other granularities than it has.</summary>
    /// <exception cref="NestorException">A tensor is damaged, or the granularities do not fit.</exception>
    public static MatVit Load(VisionCheckpoint checkpoint, IReadOnlyList<Granularity> granularities, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        return new MatVit(checkpoint.Config with { Granularities = granularities }, device ?? CPU, (name, shape) =>
        {
            var weight = empty(shape, ScalarType.Float32);
            checkpoint.Tensors.Get(name, shape).CopyTo(TensorMemory.Floats(weight));
            return weight;
        });
    }

    /// <summary>A model of its own that holds the first neurons of each layer, and the rest as it is.</summary>
    /// <param name="plan">Neurons of each layer to keep.</param>
    /// <exception cref="NestorException">The plan does not fit the model.</exception>
    public MatVit Cut(WidthPlan plan)
    {
        WidthPlanText.Validate(plan, Config);
        var narrowest = plan.AsSpan().ToArray().Min();
        var config = Config with { FullWidths = plan, Granularities = [.. Config.Granularities.Where(granularity => granularity.Width <= narrowest)] };
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return new MatVit(config, Device, new UnitPrefix(Groups, groups => groups.Kind == GroupKind.AttentionHead ? groups.Count : plan[groups.Layer]).Weights(Parameters));
    }

    /// <summary>Scores the classes of images.</summary>
    /// <param name="images">(batch, channels, height, width), float32, normalised.</param>
    /// <param name="plan">Feed-forward widths, one per layer.</param>
    /// <param name="kept">The factor on what each residual block adds, (batch, <see cref="Blocks"/>), 0 where an image skips it; null in use, where all run.</param>
    /// <returns>(batch, classes), in bfloat16 with <see cref="UseBFloat16"/>.</returns>
    public Tensor Forward(Tensor images, WidthPlan plan, Tensor? kept = null)
    {
        using var precision = Autocast.Begin(Device, UseBFloat16);
        return classifier.Forward(Features(images, plan, kept));
    }

    /// <summary>The vector that stands for each image, which the classifier reads.</summary>
    /// <param name="images">(batch, channels, height, width), float32, normalised.</param>
    /// <param name="plan">Feed-forward widths, one per layer.</param>
    /// <returns>(batch, hidden).</returns>
    public Tensor Embed(Tensor images, WidthPlan plan)
    {
        using var precision = Autocast.Begin(Device, UseBFloat16);
        return Features(images, plan, kept: null);
    }

    /// <inheritdoc/>
    public Tensor Classify(Tensor images, WidthPlan plan) => Forward(images, plan);

    /// <inheritdoc/>
    public Tensor Scores(TrainingBatch batch, WidthPlan plan) => Forward(batch.Inputs, plan, batch.Kept);

    /// <inheritdoc/>
    public Tensor Loss(TrainingBatch batch, WidthPlan plan) =>
        cross_entropy(Scores(batch, plan).to(ScalarType.Float32), batch.Answers());

    /// <summary>Writes a model folder.</summary>
    /// <param name="folder">Created where it does not exist.</param>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public void Save(string folder) => Save(folder, TensorType.F32);

    /// <summary>Writes a model folder with weights of a type.</summary>
    /// <param name="folder">Created where it does not exist.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public void Save(string folder, TensorType type) =>
        VisionCheckpoint.Write(folder, Config, [.. Parameters.Select(parameter => TensorMemory.Source(parameter.Name, parameter.Weight, type))]);

    /// <inheritdoc/>
    public TensorStore? OpenWeights(string folder)
    {
        var checkpoint = VisionCheckpoint.Open(folder);
        if (checkpoint.Config.Equals(Config))
            return checkpoint.Tensors;
        checkpoint.Dispose();
        return null;
    }

    /// <summary>Frees every weight.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Weight.Dispose();
    }

    private static ImmutableDictionary<string, NeuronAxis> NeuronAxes(VisionConfig config) =>
        Enumerable.Range(0, config.Layers)
            .SelectMany(i => new[]
            {
                KeyValuePair.Create(VisionTensorNames.Up(i), new NeuronAxis(i, 0)),
                KeyValuePair.Create(VisionTensorNames.UpBias(i), new NeuronAxis(i, 0)),
                KeyValuePair.Create(VisionTensorNames.Down(i), new NeuronAxis(i, 1)),
            })
            .ToImmutableDictionary();

    private Tensor Features(Tensor images, WidthPlan plan, Tensor? kept)
    {
        ImageInput.Check(images, Config);
        WidthPlanText.Validate(plan, Config);

        var stream = linear(Patches(images), patches.Weight.flatten(1), patches.Bias);                   // (batch, patches, hidden)
        if (classToken is not null)
            stream = cat([classToken.expand(stream.shape[0], 1, Config.HiddenSize), stream], 1);
        stream = stream + positions;                                                                     // (batch, positions, hidden)
        for (var i = 0; i < layers.Length; i++)
        {
            stream = stream + Keep(layers[i].Attention.Forward(layers[i].AttentionNorm.Forward(stream)), kept, 2 * i);
            stream = stream + Keep(layers[i].FeedForward.Forward(layers[i].FeedForwardNorm.Forward(stream), plan[i]), kept, 2 * i + 1);
        }

        var normed = finalNorm.Forward(stream);
        return classToken is not null ? normed.select(1, 0) : normed.mean([1]);                          // (batch, hidden)
    }

    /// <summary>(batch, patches, channels · patch · patch): a convolution whose step is its size, as the product it is.</summary>
    private Tensor Patches(Tensor images)
    {
        var (side, patch) = (Config.PatchesPerSide, Config.PatchSize);
        return images.reshape(-1, Config.Channels, side, patch, side, patch)
            .permute(0, 2, 4, 1, 3, 5)
            .reshape(-1, Config.Patches, Config.Channels * patch * patch);
    }

    /// <summary>What a block adds, or nothing for the images that skip it.</summary>
    private static Tensor Keep(Tensor addition, Tensor? kept, int block) => kept is null ? addition : addition * kept.narrow(1, block, 1).unsqueeze(2);

    private sealed record Layer(LayerNorm AttentionNorm, PatchAttention Attention, LayerNorm FeedForwardNorm, NestedFeedForward FeedForward);
}
