using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;

namespace Nestor.Inference;

/// <summary>The residual stream: every block adds to it.</summary>
internal static unsafe class Residual
{
    /// <summary><c>stream += addition</c>, in whole vectors.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Add(float* stream, float* addition, long count)
    {
        for (long i = 0; i < count; i += Vectors.Lanes)
            (Vector512.Load(stream + i) + Vector512.Load(addition + i)).Store(stream + i);
    }
}
