namespace Nestor.Inference.Kernels;

/// <summary>In which order a kernel adds; see <see cref="ProductKernel"/>.</summary>
internal enum SumOrder
{
    /// <summary>One chain over ascending columns.</summary>
    Columns,

    /// <summary>Per 32 columns two chains, each over every second column, as matrix instructions add.</summary>
    Pairs,
}
