using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Robustness.Certification;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>A small convolutional network without normalisation. An image's scores depend on nothing but the image, in training too, and boxes of images can be followed through it.</summary>
public sealed class PlainNet : IImageModel
{
    private readonly Projection[] convolutions;
    private readonly Projection hidden;
    private readonly Projection classifier;

    private PlainNet(PlainNetConfig config, Device device, Func<string, long[], Tensor> initialWeight)
    {
        config.Validate();
        (Config, Device) = (config, device);
        convolutions = [.. PlainNetTensors.Convolutions(config).Select(layer => Own(layer))];
        (hidden, classifier) = (Own(PlainNetTensors.Hidden(config)), Own(PlainNetTensors.Classifier(config)));
        Parameters = [.. PlainNetTensors.All(config).Zip([.. convolutions, hidden, classifier]).SelectMany(pair => new[]
        {
            new NestedParameter(pair.First.Weight, pair.Second.Weight, pair.First.Neurons),
            new NestedParameter(pair.First.Bias, pair.Second.Bias, pair.First.BiasNeurons),
        })];

        Projection Own(PlainNetTensors.Layer layer) => new(Parameter(layer.Weight, layer.Shape), Parameter(layer.Bias, [layer.Outputs]));

        Parameter Parameter(string name, long[] shape)
        {
            using var weight = initialWeight(name, shape);
            return (Parameter)new Parameter(weight.to(device, copy: true)).DetachFromDisposeScope();
        }
    }

    /// <summary>The shape.</summary>
    public PlainNetConfig Config { get; }

    INestedConfig INestedModel.Config => Config;

    IImageConfig IImageModel.Images => Config;

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public bool UseBFloat16 { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<NestedParameter> Parameters { get; }

    /// <summary>A new model with random weights.</summary>
    /// <remarks>Weights are normal with deviation sqrt(2 / weights read) (He et al., arXiv 1502.01852), biases 0. Drawn on the CPU.</remarks>
    public static PlainNet Create(PlainNetConfig config, ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        config.Validate();
        using var random = new Generator(seed, CPU);
        return new PlainNet(config, device ?? CPU, (_, shape) => shape.Length == 1
            ? zeros(shape)
            : randn(shape, generator: random).mul_(Math.Sqrt(2.0 / shape.Skip(1).Aggregate((product, size) => product * size))));
    }

    /// <summary>A model from the folder that <see cref="Save"/> wrote.</summary>
    /// <exception cref="NestorException">The folder is missing or damaged.</exception>
    public static PlainNet Load(string folder, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        using var tensors = DescribedFolder.OpenWeights(folder);
        return new PlainNet(PlainNetFolder.ReadConfig(folder), device ?? CPU, (name, shape) =>
        {
            var weight = empty(shape, ScalarType.Float32);
            tensors.Get(name, shape).CopyTo(TensorMemory.Floats(weight));
            return weight;
        });
    }

    /// <inheritdoc/>
    public Tensor Classify(Tensor images, WidthPlan plan)
    {
        Check(images, plan);
        using var precision = Autocast.Begin(Device, UseBFloat16);
        var stream = images;
        foreach (var (shape, layer) in Config.Convolutions.Zip(convolutions))
            stream = conv2d(stream, layer.Weight, layer.Bias, [shape.Stride, shape.Stride], [shape.Padding, shape.Padding]).relu();
        var features = Pool(stream).flatten(1);                                                           // (batch, features)
        var neurons = linear(features, hidden.Weight.narrow(0, 0, plan[0]), hidden.Bias.narrow(0, 0, plan[0])).relu();
        return linear(neurons, classifier.Weight.narrow(1, 0, plan[0]), classifier.Bias);                // (batch, classes)
    }

    /// <inheritdoc/>
    public Tensor Scores(TrainingBatch batch, WidthPlan plan) => Classify(batch.Inputs, plan);

    /// <inheritdoc/>
    public Tensor Loss(TrainingBatch batch, WidthPlan plan) => cross_entropy(Scores(batch, plan).to(ScalarType.Float32), batch.Answers());

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

    /// <summary>Writes a model folder: <c>config.json</c> and <c>model.safetensors</c>.</summary>
    /// <param name="folder">Created where it does not exist.</param>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public void Save(string folder) => PlainNetFolder.Write(folder, Config, [.. Parameters.Select(parameter => TensorMemory.Source(parameter.Name, parameter.Weight))]);

    /// <inheritdoc/>
    public TensorStore? OpenWeights(string folder) => PlainNetFolder.ReadConfig(folder).Equals(Config) ? DescribedFolder.OpenWeights(folder) : null;

    /// <summary>Frees every weight.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Weight.Dispose();
    }

    private Tensor Pool(Tensor stream) => Config.Pool ? max_pool2d(stream, [2, 2]) : stream;

    private void Check(Tensor images, WidthPlan plan)
    {
        ImageInput.Check(images, Config);
        WidthPlanText.Validate(plan, Config);
    }
}
