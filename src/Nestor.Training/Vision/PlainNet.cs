using Nestor.Formats;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Robustness.Certification;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>A small convolutional network without normalisation. An image's scores depend on nothing but the image, in training too, and boxes of images can be followed through it.</summary>
public sealed class PlainNet : ConvolutionalModel<PlainNetConfig>
{
    private readonly Projection[] convolutions;
    private readonly Projection hidden;
    private readonly Projection classifier;

    private PlainNet(PlainNetConfig config, Device device, Func<string, long[], Tensor> initialWeight)
        : base(config, device, PlainNetTensors.All(config), initialWeight)
    {
        var byName = ByName();
        convolutions = [.. PlainNetTensors.Convolutions(config).Select(Own)];
        (hidden, classifier) = (Own(PlainNetTensors.Hidden(config)), Own(PlainNetTensors.Classifier(config)));

        Projection Own(PlainNetTensors.Layer layer) => new(byName[layer.Weight], byName[layer.Bias]);
    }

    /// <summary>A new model with random weights.</summary>
    /// <remarks>Weights are normal with deviation sqrt(2 / weights read) (He et al., arXiv 1502.01852), biases 0. Drawn on the CPU.</remarks>
    public static PlainNet Create(PlainNetConfig config, ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        config.Validate();
        using var random = new Generator(seed, CPU);
        return new PlainNet(config, device ?? CPU, (_, shape) => shape.Length == 1
            ? zeros(shape)
            : RandomWeights(shape, random));
    }

    /// <summary>A model from the folder that <see cref="ConvolutionalModel{TConfig}.Save"/> wrote.</summary>
    /// <exception cref="NestorException">The folder is missing or damaged.</exception>
    public static PlainNet Load(string folder, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        using var tensors = DescribedFolder.OpenWeights(folder);
        return new PlainNet(PlainNetFolder.ReadConfig(folder), device ?? CPU, Stored(tensors));
    }

    /// <inheritdoc/>
    public override Tensor Classify(Tensor images, WidthPlan plan)
    {
        Check(images, plan);
        using var precision = Autocast.Begin(Device, UseBFloat16);
        var stream = Config.Convolutions is [{ Overlaps: true }, ..] ? ChannelsLast(images) : images;
        foreach (var (shape, layer) in Config.Convolutions.Zip(convolutions))
            stream = Convolution.Of(stream, layer.Weight, layer.Bias, shape.Stride, shape.Padding).relu();
        var features = Pool(stream).flatten(1);                                                           // (batch, features)
        var neurons = linear(features, hidden.Weight.narrow(0, 0, plan[0]), hidden.Bias.narrow(0, 0, plan[0])).relu();
        return linear(neurons, classifier.Weight.narrow(1, 0, plan[0]), classifier.Bias);                // (batch, classes)
    }

    /// <inheritdoc/>
    public override Tensor Scores(TrainingBatch batch, WidthPlan plan) => Classify(batch.Inputs, plan);

    /// <summary>How much larger than the right class's each class's score can be, at most, for any image of a box: (batch, classes), 0 for the right class.</summary>
    /// <param name="images">Boxes of (batch, channels, height, width), normalised.</param>
    /// <param name="labels">(batch), int64.</param>
    /// <param name="plan">The width of the hidden layer.</param>
    public Tensor WorstMargins(Interval images, Tensor labels, WidthPlan plan)
    {
        Check(images.Centre, plan);
        var stream = images;
        foreach (var (shape, layer) in Config.Convolutions.Zip(convolutions))
            stream = stream.Convolution(layer.Weight, layer.Bias, shape.Stride, shape.Padding).Monotone(values => values.relu());
        return stream.Monotone(Pool).Reshape(values => values.flatten(1))
            .Linear(hidden.Weight.narrow(0, 0, plan[0]), hidden.Bias.narrow(0, 0, plan[0])).Monotone(values => values.relu())
            .WorstMargins(classifier.Weight.narrow(1, 0, plan[0]), classifier.Bias, labels);
    }

    private protected override PlainNetConfig ReadConfig(string folder) => PlainNetFolder.ReadConfig(folder);

    private protected override void Write(string folder, IReadOnlyList<TensorSource> weights) => PlainNetFolder.Write(folder, Config, weights);

    private Tensor Pool(Tensor stream) => Config.Pool ? max_pool2d(stream, [2, 2]) : stream;

    private void Check(Tensor images, WidthPlan plan)
    {
        ImageInput.Check(images, Config);
        WidthPlanText.Validate(plan, Config);
    }
}
