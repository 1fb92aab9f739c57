using System.Runtime.Intrinsics;
using Nestor.Inference.Emitted;

namespace Nestor.Inference.Kernels;

/// <summary>The kernels of each type that this processor runs.</summary>
internal static class ProductKernels
{
    private static readonly ProductKernel[][] All = [.. Enum.GetValues<WeightType>().Select(OfType)];

    /// <summary>The specification of a type.</summary>
    public static ProductKernel Plain(WeightType type) => All[(int)type][0];

    /// <summary>The fastest kernel of a type.</summary>
    public static ProductKernel Best(WeightType type) => All[(int)type][^1];

    /// <summary>All kernels of a type, the plain one first, the fastest last.</summary>
    public static IReadOnlyList<ProductKernel> Supported(WeightType type) => All[(int)type];

    private static ProductKernel[] OfType(WeightType type) =>
        EmittedKernels.For(type) is { } emitted ? [.. Managed(type), emitted] : Managed(type);

    private static ProductKernel[] Managed(WeightType type) => type switch
    {
        WeightType.F32 => [new PlainFloatProduct(type), .. InLanes<F32Weights>(type)],
        WeightType.BF16 => [new PlainFloatProduct(type), .. InLanes<BF16Weights>(type)],
        WeightType.F16 => [new PlainFloatProduct(type), .. InLanes<F16Weights>(type)],
        _ => [new PlainQuantizedProduct(type)],
    };

    private static IEnumerable<ProductKernel> InLanes<TWeights>(WeightType type)
        where TWeights : struct, IWeights
    {
        yield return new FloatProduct<Lanes128, TWeights>(type);
        if (Vector256.IsHardwareAccelerated)
            yield return new FloatProduct<Lanes256, TWeights>(type);
        if (Vector512.IsHardwareAccelerated)
            yield return new FloatProduct<Lanes512, TWeights>(type);
    }
}
