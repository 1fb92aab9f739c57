using System.Collections.Concurrent;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

/// <summary>Arrays as kernels see them. They live as long as the test run, so that a pointer is enough to hold them.</summary>
internal static unsafe class Pinned
{
    private static readonly ConcurrentBag<FloatBuffer> Alive = [];

    /// <summary>Copies values to memory whose rest is not a number, so that a kernel that uses what lies behind them is found out.</summary>
    public static FloatBuffer Copy(ReadOnlySpan<float> values)
    {
        var buffer = new FloatBuffer(values.Length + Vectors.Lanes);
        var all = new Span<float>(buffer.Pointer, (int)buffer.Length);
        all.Fill(float.NaN);
        values.CopyTo(all);
        Alive.Add(buffer);
        return buffer;
    }

    /// <summary>Copies values to memory of whole blocks of 64 whose rest is zero, as products read their inputs.</summary>
    public static FloatBuffer Zeroed(ReadOnlySpan<float> values)
    {
        var buffer = new FloatBuffer((values.Length + 63) / 64 * 64);
        values.CopyTo(new Span<float>(buffer.Pointer, values.Length));
        Alive.Add(buffer);
        return buffer;
    }

    public static float[] Take(FloatBuffer buffer, int count) => new ReadOnlySpan<float>(buffer.Pointer, count).ToArray();
}
