using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>Normalisation of the last dimension to mean 0 and variance 1, then a scale and a bias.</summary>
/// <remarks>Ba, Kiros and Hinton, arXiv 1607.06450.</remarks>
internal sealed class LayerNorm(Parameter weight, Parameter bias, float epsilon)
{
    public Tensor Forward(Tensor input) => layer_norm(input, [input.shape[^1]], weight, bias, epsilon);
}
