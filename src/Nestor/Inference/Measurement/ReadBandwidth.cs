using System.Diagnostics;

namespace Nestor.Inference.Measurement;

/// <summary>How fast threads read memory that no cache holds, in order or in streams, whichever is faster: the speed that decoding cannot exceed.</summary>
internal sealed unsafe class ReadBandwidth
{
    /// <summary>Bytes that are read: more than caches hold.</summary>
    public const long Bytes = 512L << 20;

    private readonly AlignedMemory memory = new(Bytes, "The measurement of read bandwidth");
    private ulong sum;

    /// <summary>Allocates the memory and touches it; the code that reads is compiled then too.</summary>
    /// <exception cref="NestorException">The system does not have as much.</exception>
    public ReadBandwidth()
    {
        for (long at = 0; at < Bytes; at += sizeof(long))
            *(long*)(memory.Start + at) = at;
        sum = MemoryRead.InOrder(memory.Start, MemoryRead.BlockBytes) + MemoryRead.InStreams(memory.Start, MemoryRead.BlockBytes);
    }

    /// <summary>Reads everything in both ways, each thread a part of its own.</summary>
    /// <param name="threads">Number of threads, the calling one included.</param>
    /// <returns>Bytes per second of the faster way, by <see cref="MeasureClock.For"/>.</returns>
    public double Measure(int threads) => Math.Max(InOrder(threads), InStreams(threads));

    /// <summary>Bytes per second of <see cref="MemoryRead.InOrder"/>.</summary>
    public double InOrder(int threads) => Measure(threads, &MemoryRead.InOrder);

    /// <summary>Bytes per second of <see cref="MemoryRead.InStreams"/>.</summary>
    public double InStreams(int threads) => Measure(threads, &MemoryRead.InStreams);

    private double Measure(int threads, delegate*<byte*, long, ulong> read)
    {
        if (threads == 1)
        {
            var clock = MeasureClock.For(threads);
            var start = clock.Seconds;
            sum += read(memory.Start, Bytes);
            return Bytes / (clock.Seconds - start);
        }

        var part = Bytes / threads / MemoryRead.BlockBytes * MemoryRead.BlockBytes;
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
            Interlocked.Add(ref sum, read(memory.Start + i * part, part));
            ends[i] = Stopwatch.GetTimestamp();
        }
    }
}
