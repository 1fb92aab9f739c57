using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Measurement;

/// <summary>Reads memory with vectors and does nothing else, as a measure of those who read for a purpose. The results are numbers that nobody needs.</summary>
internal static unsafe class MemoryRead
{
    /// <summary>Bytes of the blocks that <see cref="InStreams"/> reads.</summary>
    public const int BlockBytes = 4 * StreamBytes;

    private const int StreamBytes = 1 << 16;

    /// <summary>Reads from the first byte to the last.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="count">Their number, a multiple of 256.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong InOrder(byte* start, long count)
    {
        var end = start + count;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<ulong> a = default, b = default, c = default, d = default;
            for (; start < end; start += 4 * sizeof(Vector512<ulong>))
            {
                a |= Vector512.Load((ulong*)start);
                b |= Vector512.Load((ulong*)start + 8);
                c |= Vector512.Load((ulong*)start + 16);
                d |= Vector512.Load((ulong*)start + 24);
            }

            return Vector512.Sum(a | b | c | d);
        }

        Vector256<ulong> e = default, f = default, g = default, h = default;
        for (; start < end; start += 4 * sizeof(Vector256<ulong>))
        {
            e |= Vector256.Load((ulong*)start);
            f |= Vector256.Load((ulong*)start + 4);
            g |= Vector256.Load((ulong*)start + 8);
            h |= Vector256.Load((ulong*)start + 12);
        }

        return Vector256.Sum(e | f | g | h);
    }

    /// <summary>Reads block after block, each in four streams side by side, which some processors foresee further ahead than one.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="count">Their number, a multiple of <see cref="BlockBytes"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong InStreams(byte* start, long count)
    {
        Vector512<ulong> a = default, b = default, c = default, d = default;
        for (var end = start + count; start < end; start += BlockBytes)
        {
            for (var at = start; at < start + StreamBytes; at += sizeof(Vector512<ulong>))
            {
                a |= Vector512.Load((ulong*)at);
                b |= Vector512.Load((ulong*)(at + StreamBytes));
                c |= Vector512.Load((ulong*)(at + 2 * StreamBytes));
                d |= Vector512.Load((ulong*)(at + 3 * StreamBytes));
            }
        }

        return Vector512.Sum(a | b | c | d);
    }
}
