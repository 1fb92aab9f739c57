using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>How methods are compiled whose loops take most of the time.</summary>
internal static class InnerLoop
{
    /// <summary>In full at the first call, so that the first prompt is read as fast as the others, and never as a part of their caller.</summary>
    /// <remarks>
    /// The runtime inlines what it saw called often, also what is to be optimised at once. Inside a larger method the sums no longer
    /// all have registers, which slows attention over long prompts most.
    /// </remarks>
    public const MethodImplOptions Options = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
