using Nestor.Formats;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Training.Vision;

/// <summary>A residual network of basic blocks with normalisation over the batch: ResNet-18 and its relatives for small images.</summary>
/// <remarks>
/// He et al. 2016 (arXiv 1512.03385), §3.3 and fig. 5 left, with a projection where shapes change (option B). A pass of training normalises by its batch and moves the running
/// statistics towards it; attacks, in training too, see the network as it is in use and move nothing. The statistics are saved with the weights, so that training goes on exactly.
/// </remarks>
public sealed class ResidualNet : ConvolutionalModel<ResidualConfig>
{
    private readonly NormalizedConvolution stem;
    private readonly Block[] blocks;
    private readonly Projection classifier;

    private ResidualNet(ResidualConfig config, Device device, Func<string, long[], Tensor> initialWeight)
        : base(config, device, ResidualTensors.All(config), initialWeight)
    {
        var byName = ByName();
        stem = Layer(ResidualTensors.Stem(config));
        blocks = [.. ResidualTensors.Blocks(config).Select(block => new Block(Layer(block.First), Layer(block.Second), block.Shortcut is null ? null : Layer(block.Shortcut)))];
        classifier = new Projection(byName[ResidualTensors.Classifier], byName[ResidualTensors.ClassifierBias]);

        NormalizedConvolution Layer(ResidualTensors.Convolution names) =>
            new(byName[names.Filters], byName[names.Scale], byName[names.Shift], byName[names.Mean], byName[names.Variance], names.Stride);
    }

    /// <summary>A new model with random weights.</summary>
    /// <remarks>Filters are normal with deviation sqrt(2 / weights read) (He et al., arXiv 1502.01852), scales and variances 1, the rest 0. Drawn on the CPU.</remarks>
    public static ResidualNet Create(ResidualConfig config, ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        config.Validate();
        using var random = new Generator(seed, CPU);
        return new ResidualNet(config, device ?? CPU, (name, shape) => shape.Length == 4
            ? RandomWeights(shape, random)
            : shape.Length == 1 && ResidualTensors.StartsAtOne(name) ? ones(shape) : zeros(shape));
    }

    /// <summary>A model from the folder that <see cref="ConvolutionalModel{TConfig}.Save"/> wrote.</summary>
    /// <exception cref="NestorException">The folder is missing or damaged.</exception>
    public static ResidualNet Load(string folder, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        using var tensors = DescribedFolder.OpenWeights(folder);
        return new ResidualNet(ResidualFolder.ReadConfig(folder), device ?? CPU, Stored(tensors));
    }

    /// <inheritdoc/>
    /// <exception cref="NestorException">The plan is not the whole network.</exception>
    public override Tensor Classify(Tensor images, WidthPlan plan)
    {
        Check(images, plan);
        using var precision = Autocast.Begin(Device, UseBFloat16);
        return Run(images, (layer, input) => layer.InUse(input, Config.NormEpsilon));
    }

    /// <summary>Scores the classes of a batch's pictures as a step of training does: each channel is normalised over the batch, and the running statistics move towards it.</summary>
    public override Tensor Scores(TrainingBatch batch, WidthPlan plan)
    {
        Check(batch.Inputs, plan);
        using var precision = Autocast.Begin(Device, UseBFloat16);
        return Run(batch.Inputs, (layer, input) => layer.OfBatch(input, Config.NormEpsilon, Config.Momentum));
    }

    /// <inheritdoc/>
    public override Tensor ScoresUnderAttack(TrainingBatch batch, WidthPlan plan) => Classify(batch.Inputs, plan);

    private protected override ResidualConfig ReadConfig(string folder) => ResidualFolder.ReadConfig(folder);

    private protected override void Write(string folder, IReadOnlyList<TensorSource> weights) => ResidualFolder.Write(folder, Config, weights);

    private void Check(Tensor images, WidthPlan plan)
    {
        ImageInput.Check(images, Config);
        if (!plan.Equals(Config.FullWidths))
            throw new NestorException($"A residual network runs whole, at width {Config.FullWidths}; {plan} was asked for.");
    }

    private Tensor Run(Tensor images, Func<NormalizedConvolution, Tensor, Tensor> forward)
    {
        var stream = forward(stem, ChannelsLast(images)).relu();
        foreach (var block in blocks)
        {
            var straight = block.Shortcut is null ? stream : forward(block.Shortcut, stream);
            stream = (forward(block.Second, forward(block.First, stream).relu()) + straight).relu();       // (batch, channels, height, width)
        }

        return classifier.Forward(stream.mean([2, 3]));                                                     // (batch, classes)
    }

    private sealed record Block(NormalizedConvolution First, NormalizedConvolution Second, NormalizedConvolution? Shortcut);
}
