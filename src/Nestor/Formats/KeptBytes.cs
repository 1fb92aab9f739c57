using System.Buffers;

namespace Nestor.Formats;

/// <summary>What a cut along one axis of a tensor keeps: the same runs of bytes of every period.</summary>
/// <remarks>
/// A cut of rows has one period, the tensor; a cut of columns has one for each row. Copying reads the file from front to back through one
/// small buffer: memory does not grow with the tensor, and the pages of its mapping stay untouched.
/// </remarks>
internal sealed class KeptBytes
{
    /// <summary>Bytes copied at a time: enough to make calls cheap. Longer writes go into larger pages of Linux's cache, which it can be slow to find.</summary>
    private const int BufferSize = 1 << 18;

    /// <summary>From here on, leaving out what lies between two runs is cheaper than reading it too. A disk is faster in one stream than in leaps of some kilobytes.</summary>
    private const long WideGap = 64 << 10;

    private readonly long period;
    private readonly List<(long Start, long Length)> runs = [];

    private KeptBytes(long period) => this.period = period;

    /// <summary>Bytes kept of each period.</summary>
    public long Length => runs.Sum(run => run.Length);

    /// <summary>Everything.</summary>
    public static KeptBytes All(TensorView tensor) => First(tensor.ByteCount, tensor.ByteCount);

    /// <summary>The first bytes of each period.</summary>
    public static KeptBytes First(long length, long period)
    {
        var kept = new KeptBytes(period);
        kept.Add(0, length);
        return kept;
    }

    /// <summary>Some of the equal parts that a period consists of.</summary>
    /// <param name="part">Bytes of one part.</param>
    /// <param name="parts">Number of parts.</param>
    /// <param name="chosen">The parts to keep, ascending.</param>
    public static KeptBytes Parts(long part, int parts, IEnumerable<int> chosen)
    {
        var kept = new KeptBytes(part * parts);
        foreach (var index in chosen)
            kept.Add(part * index, part);
        return kept;
    }

    /// <summary>Copies what is kept of a tensor, whose bytes are a whole number of periods.</summary>
    /// <exception cref="NestorException">The tensor's file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Write(TensorView tensor, Stream stream, CancellationToken cancellation = default)
    {
        if (tensor.ByteCount == 0 || runs.Count == 0)
            return;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            if (period <= BufferSize && (period - Length) / runs.Count < WideGap)
                ReadThrough(tensor, stream, buffer.AsSpan(0, BufferSize), cancellation);
            else
                ReadRuns(tensor, stream, buffer.AsSpan(0, BufferSize), cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Add(long start, long length)
    {
        if (runs is [.., var last] && last.Start + last.Length == start)
            runs[^1] = (last.Start, last.Length + length);
        else if (length > 0)
            runs.Add((start, length));
    }

    /// <summary>Reads as many periods as the buffer holds and moves their runs together.</summary>
    private void ReadThrough(TensorView tensor, Stream stream, Span<byte> buffer, CancellationToken cancellation)
    {
        var most = buffer.Length / period * period;
        for (long done = 0; done < tensor.ByteCount; done += most)
        {
            cancellation.ThrowIfCancellationRequested();
            var block = buffer[..(int)Math.Min(most, tensor.ByteCount - done)];
            tensor.Read(done, block);
            var end = 0;
            for (long start = 0; start < block.Length; start += period)
            {
                foreach (var run in runs)
                {
                    block.Slice((int)(start + run.Start), (int)run.Length).CopyTo(block[end..]);
                    end += (int)run.Length;
                }
            }

            stream.Write(block[..end]);
        }
    }

    /// <summary>Reads run by run until the buffer is full.</summary>
    private void ReadRuns(TensorView tensor, Stream stream, Span<byte> buffer, CancellationToken cancellation)
    {
        var filled = 0;
        for (long start = 0; start < tensor.ByteCount; start += period)
        {
            foreach (var run in runs)
            {
                for (long done = 0; done < run.Length;)
                {
                    var part = (int)Math.Min(run.Length - done, buffer.Length - filled);
                    tensor.Read(start + run.Start + done, buffer.Slice(filled, part));
                    (done, filled) = (done + part, filled + part);
                    if (filled < buffer.Length)
                        continue;
                    cancellation.ThrowIfCancellationRequested();
                    stream.Write(buffer);
                    filled = 0;
                }
            }
        }

        stream.Write(buffer[..filled]);
    }
}
