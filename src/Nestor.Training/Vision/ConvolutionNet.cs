using Nestor.Formats;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>A small convolutional network with nested channels, run at a width plan given with each call.</summary>
/// <remarks>
/// Training normalises each channel over the batch and keeps no running averages, so that a step has no effect but on weights. What the finished model normalises by is
/// measured by <see cref="Calibrate"/>, for the plan it will run at, as Yu and Huang (arXiv 1903.05134, §3.3) do for nested networks: means and variances of a layer depend on the
/// width of the one before.
/// </remarks>
public sealed class ConvolutionNet : ConvolutionalModel<ConvolutionConfig>, IPrunable
{
    private readonly ConvolutionLayer[] layers;
    private readonly Projection classifier;

    private ConvolutionNet(ConvolutionConfig config, Device device, Func<string, long[], Tensor> initialWeight)
        : base(config, device, ConvolutionTensors.All(config), initialWeight)
    {
        var byName = ByName();
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new ConvolutionLayer(
            byName[ConvolutionTensors.Filters(i)], byName[ConvolutionTensors.Scale(i)], byName[ConvolutionTensors.Shift(i)], byName[ConvolutionTensors.Mean(i)], byName[ConvolutionTensors.Variance(i)]))];
        classifier = new Projection(byName[ConvolutionTensors.Classifier], byName[ConvolutionTensors.ClassifierBias]);
    }

    /// <summary>The channels of each layer: the scale of their normalisation and what the next layer reads of them; filters, shifts and statistics follow.</summary>
    /// <remarks>The norm of a filter before a normalisation means nothing, and a large shift says little for a channel: one far below zero is never heard.</remarks>
    public IReadOnlyList<UnitGroups> Groups => [.. layers.Select((layer, i) => new UnitGroups(
        $"layer {i} convolution",
        GroupKind.ConvolutionChannel,
        i,
        Config.FullWidths[i],
        [
            new(layer.Filters, 0, IsPenalised: false),
            new(layer.Scale, 0),
            new(layer.Shift, 0, IsPenalised: false),
            new(layer.Mean, 0, IsPenalised: false),
            new(layer.Variance, 0, IsPenalised: false),
            new(i + 1 < layers.Length ? layers[i + 1].Filters : classifier.Weight, 1),
        ]))];

    /// <summary>A new model with random weights.</summary>
    /// <remarks>Filters are normal with deviation sqrt(2 / weights read) (He et al., arXiv 1502.01852), scales 1, shifts and the classifier 0. Drawn on the CPU.</remarks>
    public static ConvolutionNet Create(ConvolutionConfig config, ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        config.Validate();
        using var random = new Generator(seed, CPU);
        return new ConvolutionNet(config, device ?? CPU, (name, shape) => shape.Length == 4
            ? RandomWeights(shape, random)
            : ConvolutionTensors.StartsAtOne(name) ? ones(shape) : zeros(shape));
    }

    /// <summary>A model from the folder that <see cref="ConvolutionalModel{TConfig}.Save"/> wrote.</summary>
    /// <exception cref="NestorException">The folder is missing or damaged.</exception>
    public static ConvolutionNet Load(string folder, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        using var tensors = DescribedFolder.OpenWeights(folder);
        return new ConvolutionNet(ConvolutionFolder.ReadConfig(folder), device ?? CPU, Stored(tensors));
    }

    /// <summary>A model of its own that holds the first channels of each layer; <see cref="Calibrate"/> it before use.</summary>
    /// <param name="plan">Channels of each layer to keep.</param>
    /// <exception cref="NestorException">The plan does not fit the model.</exception>
    public ConvolutionNet Cut(WidthPlan plan)
    {
        WidthPlanText.Validate(plan, Config);
        var narrowest = plan.AsSpan().ToArray().Min();
        var config = Config with { FullWidths = plan, Granularities = [.. Config.Granularities.Where(granularity => granularity.Width <= narrowest)] };
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return new ConvolutionNet(config, Device, new UnitPrefix(Groups, groups => plan[groups.Layer]).Weights(Parameters));
    }

    /// <inheritdoc/>
    public override Tensor Classify(Tensor images, WidthPlan plan)
    {
        Check(images, plan);
        using var precision = Autocast.Begin(Device, UseBFloat16);
        return Run(images, plan, (layer, input, i) => layer.InUse(input, plan[i], Config.NormEpsilon));
    }

    /// <summary>Scores the classes of a batch's pictures, each channel normalised over the batch, as in training.</summary>
    public override Tensor Scores(TrainingBatch batch, WidthPlan plan)
    {
        Check(batch.Inputs, plan);
        using var precision = Autocast.Begin(Device, UseBFloat16);
        return Run(batch.Inputs, plan, (layer, input, i) => layer.OfBatch(input, plan[i], Config.NormEpsilon));
    }

    /// <summary>Measures what the channels of a plan are normalised by in use, and keeps it: the means over some batches, of the first of training.</summary>
    /// <param name="data">Where the batches come from.</param>
    /// <param name="plan">The widths that the model will run at.</param>
    /// <param name="batches">How many to look at.</param>
    public void Calibrate(IBatchSource data, WidthPlan plan, int batches = 20)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1);
        using var quiet = no_grad();
        using var whole = NewDisposeScope();
        foreach (var (i, layer) in layers.Index())
        {
            layer.Mean.narrow(0, 0, plan[i]).zero_();
            layer.Variance.narrow(0, 0, plan[i]).zero_();
        }

        for (var step = 0; step < batches; step++)
        {
            using var scope = NewDisposeScope();
            var images = data.Batch(step, part: 0, Device).Inputs;
            Check(images, plan);
            Run(images, plan, (layer, input, i) => layer.OfBatch(input, plan[i], Config.NormEpsilon, (mean, variance) =>
            {
                layer.Mean.narrow(0, 0, plan[i]).add_(mean, alpha: 1.0 / batches);
                layer.Variance.narrow(0, 0, plan[i]).add_(variance, alpha: 1.0 / batches);
            }));
        }
    }

    private protected override ConvolutionConfig ReadConfig(string folder) => ConvolutionFolder.ReadConfig(folder);

    private protected override void Write(string folder, IReadOnlyList<TensorSource> weights) => ConvolutionFolder.Write(folder, Config, weights);

    private void Check(Tensor images, WidthPlan plan)
    {
        ImageInput.Check(images, Config);
        WidthPlanText.Validate(plan, Config);
    }

    private Tensor Run(Tensor images, WidthPlan plan, Func<ConvolutionLayer, Tensor, int, Tensor> forward)
    {
        var stream = images;
        for (var i = 0; i < layers.Length; i++)
            stream = forward(layers[i], i == 0 ? stream : max_pool2d(stream, [2, 2]), i);                 // (batch, plan[i], height, width)
        return linear(stream.mean([2, 3]), classifier.Weight.narrow(1, 0, plan[layers.Length - 1]), classifier.Bias);    // (batch, classes)
    }
}
