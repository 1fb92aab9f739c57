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
        [type is WeightType.Q8 or WeightType.Q4 ? new PlainQuantizedProduct(type) : new PlainFloatProduct(type)];
}
