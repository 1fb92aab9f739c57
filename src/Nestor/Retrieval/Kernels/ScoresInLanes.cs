using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Nestor.Inference.Kernels;

namespace Nestor.Retrieval.Kernels;

/// <summary>Four rows at a time, so that their chains of additions overlap and the query is loaded once for all four.</summary>
internal sealed unsafe class ScoresInLanes<T>() : ScoreKernel(T.Name)
    where T : struct, IScoreLanes<T>
{
    private const int Together = 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(float* rows, nint stride, int count, float* query, int steps, float* scores)
    {
        var end = (nint)steps * Lanes;
        var ahead = (Prefetch.Bytes / sizeof(float) + stride - 1) / stride * stride;
        var row = 0;
        for (; row <= count - Together; row += Together, rows += Together * stride)
        {
            float* second = rows + stride, third = second + stride, fourth = third + stride;
            T a = default, b = default, c = default, d = default;
            for (nint i = 0; i < end; i += Lanes)
            {
                Fetch(rows + i + ahead);
                Fetch(second + i + ahead);
                Fetch(third + i + ahead);
                Fetch(fourth + i + ahead);
                var inputs = T.Load(query + i);
                a = T.MultiplyAdd(T.Load(rows + i), inputs, a);
                b = T.MultiplyAdd(T.Load(second + i), inputs, b);
                c = T.MultiplyAdd(T.Load(third + i), inputs, c);
                d = T.MultiplyAdd(T.Load(fourth + i), inputs, d);
            }

            scores[row] = T.Sum(a);
            scores[row + 1] = T.Sum(b);
            scores[row + 2] = T.Sum(c);
            scores[row + 3] = T.Sum(d);
        }

        for (; row < count; row++, rows += stride)
        {
            T sums = default;
            for (nint i = 0; i < end; i += Lanes)
                sums = T.MultiplyAdd(T.Load(rows + i), T.Load(query + i), sums);
            scores[row] = T.Sum(sums);
        }
    }

    // 16 floats are one cache line; the address may lie behind the last row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}
