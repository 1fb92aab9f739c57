using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Measurement;

/// <summary>How fast threads read memory that no cache holds: the speed that decoding cannot exceed.</summary>
internal sealed unsafe class ReadBandwidth
{
    /// <summary>Bytes that are read: more than caches hold.</summary>
    public const long Bytes = 512L << 20;

    // Parts are whole pages.
    private const int Page = 4096;

    private readonly AlignedMemory memory = new(Bytes, "The measurement of read bandwidth");
    private ulong sum;

    /// <summary>Allocates the memory and touches it; the code that reads is compiled then too.</summary>
    /// <exception cref="NestorException">The system does not have as much.</exception>
    public ReadBandwidth()
    {
        for (long at = 0; at < Bytes; at += sizeof(long))
            *(long*)(memory.Start + at) = at;
        sum = Read(memory.Start, Page);
    }

    /// <summary>Reads everything once, each thread a part of its own.</summary>
    /// <param name="threads">Number of threads, the calling one included.</param>
    /// <returns>Bytes per second, by <see cref="MeasureClock.For"/>.</returns>
    public double Measure(int threads)
    {
        if (threads == 1)
        {
            var clock = MeasureClock.For(threads);
            var start = clock.Seconds;
            sum += Read(memory.Start, Bytes);
            return Bytes / (clock.Seconds - start);
        }

        var part = Bytes / threads / Page * Page;
        var (starts, ends) = (new long[threads], new long[threads]);
        using var together = new Barrier(threads);
        var others = Enumerable.Range(1, threads - 1).Select(i => new Thread(() => ReadPart(i))).ToList();
        others.ForEach(thread => thread.Start());
        ReadPart(0);
        others.ForEach(thread => thread.Join());
        return part * threads / Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds;

        void ReadPart(int i)
        {
            together.SignalAndWait();
            starts[i] = Stopwatch.GetTimestamp();
            Interlocked.Add(ref sum, Read(memory.Start + i * part, part));
            ends[i] = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Reads bytes and combines them into a number that nobody needs.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="count">Their number, a multiple of 256.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Read(byte* start, long count)
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
}
