using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Nestor.Training.Nested;

/// <summary>Root-mean-square normalisation of the last dimension: <c>x / sqrt(mean(x²) + epsilon) · weight</c>.</summary>
/// <remarks>Zhang and Sennrich, arXiv 1910.07467.</remarks>
internal sealed class RmsNorm(Parameter weight, float epsilon)
{
    public Tensor Forward(Tensor input) =>
        input * (input.square().mean([-1L], keepdim: true) + epsilon).rsqrt() * weight;
}
