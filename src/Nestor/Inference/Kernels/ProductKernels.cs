using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Nestor.Inference.Emitted;

namespace Nestor.Inference.Kernels;

/// <summary>The kernels of each type that this processor runs.</summary>
internal static class ProductKernels
{
    private static readonly ProductKernel[][] All = [.. Enum.GetValues<WeightType>().Select(OfType)];

    /// <summary>The specification of a type, in the order of its fastest kernel.</summary>
    public static ProductKernel Plain(WeightType type) => Plain(type, Best(type).Order);

    /// <summary>The specification of a type in an order.</summary>
    public static ProductKernel Plain(WeightType type, SumOrder order) => order == SumOrder.Columns ? All[(int)type][0] : new PlainFloatProduct(type, order);

    /// <summary>The fastest kernel of a type.</summary>
    public static ProductKernel Best(WeightType type) => All[(int)type][^1];

    /// <summary>All kernels of a type, the plain one first, the fastest last.</summary>
    public static IReadOnlyList<ProductKernel> Supported(WeightType type) => All[(int)type];

    private static ProductKernel[] OfType(WeightType type) =>
        EmittedKernels.For(type) is { } emitted ? [.. Managed(type), emitted] : Managed(type);

    // Q8 takes two multiplications and two additions of 512 bits for what AVX-VNNI does with two instructions of 256; Q4 half as many.
    private static ProductKernel[] Managed(WeightType type) => type switch
    {
        WeightType.F32 => [new PlainFloatProduct(type), .. InLanes<F32Weights>(type)],
        WeightType.BF16 => [new PlainFloatProduct(type), .. InLanes<BF16Weights>(type)],
        WeightType.F16 => [new PlainFloatProduct(type), .. InLanes<F16Weights>(type)],
        WeightType.Q8 => [new PlainQuantizedProduct(type), .. UpTo256<Q8Dots>(type), .. In512<Q8Dots>(type), .. InVnni<Q8QuadDots>(type)],
        WeightType.Q4 => [new PlainQuantizedProduct(type), .. UpTo256<Q4Dots>(type), .. InVnni<Q4QuadDots>(type), .. In512<Q4Dots>(type)],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a weight type"),
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

    private static IEnumerable<ProductKernel> UpTo256<TDots>(WeightType type)
        where TDots : struct, IDots
    {
        yield return new QuantizedProduct<Lanes128, TDots>(type);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported)
            yield return new QuantizedProduct<Lanes256, TDots>(type);
    }

    private static IEnumerable<ProductKernel> In512<TDots>(WeightType type)
        where TDots : struct, IDots
    {
        if (Vector512.IsHardwareAccelerated && Avx512BW.IsSupported)
            yield return new QuantizedProduct<Lanes512, TDots>(type);
    }

    private static IEnumerable<ProductKernel> InVnni<TQuadDots>(WeightType type)
        where TQuadDots : struct, IDots
    {
        if (Vector256.IsHardwareAccelerated && AvxVnni.IsSupported)
            yield return new QuantizedProduct<Lanes256, TQuadDots>(type);
    }
}
