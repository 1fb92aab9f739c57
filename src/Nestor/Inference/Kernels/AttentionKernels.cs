using System.Runtime.Intrinsics;
using Nestor.Inference.Emitted;

namespace Nestor.Inference.Kernels;

/// <summary>The attention kernels that this processor runs.</summary>
internal static class AttentionKernels
{
    /// <summary>The specification.</summary>
    public static AttentionKernel Plain => Supported[0];

    /// <summary>The fastest kernel.</summary>
    public static AttentionKernel Best => Supported[^1];

    /// <summary>All kernels, the plain one first, the fastest last.</summary>
    public static IReadOnlyList<AttentionKernel> Supported { get; } = [new PlainAttention(), .. InLanes(), .. Emitted()];

    private static IEnumerable<AttentionKernel> InLanes()
    {
        yield return new AttentionInLanes<Lanes128>();
        if (Vector256.IsHardwareAccelerated)
            yield return new AttentionInLanes<Lanes256>();
        if (Vector512.IsHardwareAccelerated)
            yield return new AttentionInLanes<Lanes512>();
    }

    private static IEnumerable<AttentionKernel> Emitted()
    {
        if (EmittedKernels.For(WeightType.F32) is EmittedFloatProduct products)
            yield return new EmittedAttention(products, InLanes().Last());
    }
}
