using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>A matrix with its bias: <c>x · Wᵀ + b</c>.</summary>
/// <param name="Weight">(outputs, inputs).</param>
/// <param name="Bias">(outputs).</param>
internal sealed record Projection(Parameter Weight, Parameter Bias)
{
    public Tensor Forward(Tensor input) => linear(input, Weight, Bias);
}
