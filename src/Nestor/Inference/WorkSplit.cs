namespace Nestor.Inference;

/// <summary>Splits independent items among threads. What an item computes never depends on the split.</summary>
internal sealed class WorkSplit(int threads)
{
    // Fewer multiply-adds than this are done before another thread has woken up.
    private const long WorthAThread = 1 << 16;

    // Several parts for each thread, so that one delayed thread does not hold up the others.
    private const int PartsPerThread = 4;

    private readonly ParallelOptions options = new() { MaxDegreeOfParallelism = threads };

    public int Threads => threads;

    /// <summary>Runs <paramref name="body"/> on ranges <c>[first, end)</c> that cover all items once.</summary>
    /// <param name="items">Number of items.</param>
    /// <param name="cost">Multiply-adds of one item, roughly.</param>
    /// <param name="body">Computes the items of a range.</param>
    public void Run(long items, long cost, Action<int, int> body)
    {
        var parts = threads == 1 ? 1 : (int)Math.Min(Math.Min(items, threads * PartsPerThread), items * cost / WorthAThread);
        if (parts <= 1)
            body(0, (int)items);
        else
            Parallel.For(0, parts, options, part => body((int)(items * part / parts), (int)(items * (part + 1) / parts)));
    }
}
