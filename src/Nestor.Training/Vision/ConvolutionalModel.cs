using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Nested;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>What the convolutional networks share: weights that they own, a shape, and a folder that describes both.</summary>
/// <typeparam name="TConfig">The shape.</typeparam>
public abstract class ConvolutionalModel<TConfig> : IImageModel
    where TConfig : class, IImageConfig, IEquatable<TConfig>
{
    private protected ConvolutionalModel(TConfig config, Device device, IEnumerable<NetworkTensor> tensors, Func<string, long[], Tensor> initialWeight)
    {
        (Config, Device) = (config, device);
        Parameters = [.. tensors.Select(tensor => new NestedParameter(tensor.Name, Own(tensor), tensor.Neurons))];

        Parameter Own(NetworkTensor tensor)
        {
            using var weight = initialWeight(tensor.Name, tensor.Shape);
            return (Parameter)new Parameter(weight.to(device, copy: true), tensor.IsTrained).DetachFromDisposeScope();
        }
    }

    /// <summary>The shape.</summary>
    public TConfig Config { get; }

    INestedConfig INestedModel.Config => Config;

    IImageConfig IImageModel.Images => Config;

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public bool UseBFloat16 { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<NestedParameter> Parameters { get; }

    /// <inheritdoc/>
    public abstract Tensor Classify(Tensor images, WidthPlan plan);

    /// <inheritdoc/>
    public abstract Tensor Scores(TrainingBatch batch, WidthPlan plan);

    /// <inheritdoc/>
    public virtual Tensor ScoresUnderAttack(TrainingBatch batch, WidthPlan plan) => Scores(batch, plan);

    /// <inheritdoc/>
    public Tensor Loss(TrainingBatch batch, WidthPlan plan) => cross_entropy(Scores(batch, plan).to(ScalarType.Float32), batch.Answers());

    /// <summary>Writes a model folder: <c>config.json</c> and <c>model.safetensors</c>.</summary>
    /// <param name="folder">Created where it does not exist.</param>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public void Save(string folder) => Write(folder, [.. Parameters.Select(parameter => TensorMemory.Source(parameter.Name, parameter.Weight))]);

    /// <inheritdoc/>
    public TensorStore? OpenWeights(string folder) => ReadConfig(folder).Equals(Config) ? DescribedFolder.OpenWeights(folder) : null;

    /// <summary>Frees every weight.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Weight.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Weights as a file has them.</summary>
    private protected static Func<string, long[], Tensor> Stored(TensorStore tensors) => (name, shape) =>
    {
        var weight = empty(shape, ScalarType.Float32);
        tensors.Get(name, shape).CopyTo(TensorMemory.Floats(weight));
        return weight;
    };

    /// <summary>Weights that keep the size of a signal: normal with deviation sqrt(2 / weights read) (He et al., arXiv 1502.01852).</summary>
    private protected static Tensor RandomWeights(long[] shape, Generator random) => randn(shape, generator: random).mul_(Math.Sqrt(2.0 / shape.Skip(1).Aggregate((product, size) => product * size)));

    /// <summary>The same images with the channels of each pixel side by side in memory, where libtorch's overlapping filters read them faster; only on the CPU.</summary>
    private protected Tensor ChannelsLast(Tensor images) => Device.type == DeviceType.CPU ? images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : images;

    /// <summary>Every weight by its name.</summary>
    private protected IReadOnlyDictionary<string, Parameter> ByName() => Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Weight);

    private protected abstract TConfig ReadConfig(string folder);

    private protected abstract void Write(string folder, IReadOnlyList<TensorSource> weights);
}
