using Nestor.Inference.Emitted;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Network;

/// <summary>The kernels a decoder runs with. They differ in speed alone.</summary>
/// <param name="Products">The kernel of a weight type.</param>
/// <param name="Attention">The kernel of attention.</param>
internal sealed record KernelChoice(Func<WeightType, ProductKernel> Products, AttentionKernel Attention)
{
    /// <summary>The fastest ones that this processor runs.</summary>
    public static KernelChoice Best { get; } = new(ProductKernels.Best, AttentionKernels.Best);

    /// <summary>The fastest ones without emitted code.</summary>
    public static KernelChoice Managed { get; } = new(
        type => ProductKernels.Supported(type).Last(kernel => kernel is not EmittedProduct), AttentionKernels.Supported.Last(kernel => kernel is not EmittedAttention));

    /// <summary>The specification.</summary>
    public static KernelChoice Plain { get; } = new(ProductKernels.Plain, AttentionKernels.Plain);
}
