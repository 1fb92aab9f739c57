using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>A 3x3 convolution, a normalisation of each channel over the batch, a ReLU; its first m channels are a layer of their own.</summary>
/// <param name="Filters">(channels, channels read, 3, 3).</param>
/// <param name="Scale">(channels).</param>
/// <param name="Shift">(channels).</param>
/// <param name="Mean">(channels): what the normalisation subtracts in use; no gradient.</param>
/// <param name="Variance">(channels): what it divides by the root of; no gradient.</param>
internal sealed record ConvolutionLayer(Parameter Filters, Parameter Scale, Parameter Shift, Parameter Mean, Parameter Variance)
{
    /// <summary>Runs the first <paramref name="width"/> channels, normalised by what is stored.</summary>
    public Tensor InUse(Tensor input, int width, double epsilon) =>
        Normalize(Convolve(input, width), Mean.narrow(0, 0, width), Variance.narrow(0, 0, width), width, epsilon);

    /// <summary>Runs the first <paramref name="width"/> channels, normalised by the batch itself.</summary>
    /// <param name="input">(batch, channels read, height, width).</param>
    /// <param name="width">Channels to run.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="watch">Told mean and variance of each channel; null where nobody asks.</param>
    public Tensor OfBatch(Tensor input, int width, double epsilon, Action<Tensor, Tensor>? watch = null)
    {
        var convolved = Convolve(input, width);                                                           // (batch, width, height, width)
        watch?.Invoke(convolved.mean([0, 2, 3]), convolved.var([0, 2, 3], unbiased: true));
        return batch_norm(convolved, null, null, Scale.narrow(0, 0, width), Shift.narrow(0, 0, width), training: true, eps: epsilon).relu();
    }

    private Tensor Convolve(Tensor input, int width) => Convolution.Of(input, Filters.narrow(0, 0, width).narrow(1, 0, input.shape[1]), bias: null, stride: 1, padding: 1);

    private Tensor Normalize(Tensor convolved, Tensor mean, Tensor variance, int width, double epsilon) =>
        batch_norm(convolved, mean, variance, Scale.narrow(0, 0, width), Shift.narrow(0, 0, width), training: false, eps: epsilon).relu();
}
