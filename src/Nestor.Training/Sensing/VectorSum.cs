using System.Numerics;
using System.Runtime.InteropServices;

namespace Nestor.Training.Sensing;

/// <summary>Sums of vectors.</summary>
internal static class VectorSum
{
    /// <summary>Adds a vector to another of the same length, in vector lanes.</summary>
    public static void Add(ReadOnlySpan<double> values, Span<double> sum)
    {
        var from = MemoryMarshal.Cast<double, Vector<double>>(values);
        var to = MemoryMarshal.Cast<double, Vector<double>>(sum);
        for (var i = 0; i < to.Length; i++)
            to[i] += from[i];
        for (var i = to.Length * Vector<double>.Count; i < sum.Length; i++)
            sum[i] += values[i];
    }
}
