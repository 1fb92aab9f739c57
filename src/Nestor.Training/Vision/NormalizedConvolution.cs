using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>A convolution and a normalisation of each channel over the batch, which keeps what it will normalise by in use.</summary>
/// <param name="Filters">(channels, channels read, kernel, kernel).</param>
/// <param name="Scale">(channels).</param>
/// <param name="Shift">(channels).</param>
/// <param name="Mean">(channels): running mean; no gradient.</param>
/// <param name="Variance">(channels): running variance; no gradient.</param>
/// <param name="Stride">Pixels from one output to the next.</param>
/// <remarks>Ioffe and Szegedy 2015 (arXiv 1502.03167).</remarks>
internal sealed record NormalizedConvolution(Parameter Filters, Parameter Scale, Parameter Shift, Parameter Mean, Parameter Variance, int Stride)
{
    /// <summary>Normalises by what was kept.</summary>
    public Tensor InUse(Tensor input, double epsilon) => batch_norm(Convolve(input), Mean, Variance, Scale, Shift, training: false, eps: epsilon);

    /// <summary>Normalises by the batch, and moves what is kept towards it.</summary>
    public Tensor OfBatch(Tensor input, double epsilon, double momentum) => batch_norm(Convolve(input), Mean, Variance, Scale, Shift, training: true, momentum: momentum, eps: epsilon);

    private Tensor Convolve(Tensor input) => Convolution.Of(input, Filters, bias: null, Stride, padding: Filters.shape[2] / 2);
}
