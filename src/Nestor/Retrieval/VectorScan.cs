using Nestor.Retrieval.Kernels;

namespace Nestor.Retrieval;

/// <summary>Exact search: every vector is compared with every query.</summary>
/// <remarks>
/// Threads share the rows; within a thread a block of rows that the caches hold meets a group of queries, so that many queries read the
/// vectors from memory once.
/// </remarks>
/// <param name="rows">(count, stride), the rows padded with zeros.</param>
/// <param name="stride">Numbers from one row to the next, a multiple of 16.</param>
/// <param name="count">Number of rows.</param>
/// <param name="kernel">What multiplies.</param>
internal sealed unsafe class VectorScan(float* rows, int stride, int count, ScoreKernel kernel)
{
    /// <summary>Queries that share a pass over the rows.</summary>
    public const int QueriesTogether = 64;

    // A block of rows stays in the second-level cache; fewer rows than a thread is worth are not shared.
    private const int BlockBytes = 256 << 10, RowsWorthAThread = 4096;

    private readonly float* rows = rows;

    /// <summary>The best matches of each query.</summary>
    /// <param name="queries">(queries, stride), padded with zeros.</param>
    /// <param name="queryCount">Number of queries.</param>
    /// <param name="options">How to search; valid.</param>
    public Match[][] Search(float* queries, int queryCount, SearchOptions options)
    {
        var steps = stride / ScoreKernel.Lanes;
        var filterSteps = options.FilterDimensions is { } dimensions ? Math.Min(steps, (dimensions + ScoreKernel.Lanes - 1) / ScoreKernel.Lanes) : steps;
        var wanted = Math.Min(count, filterSteps < steps ? options.FilterCandidates : options.Count);
        var matches = new Match[queryCount][];
        for (var first = 0; first < queryCount; first += QueriesTogether)
        {
            var group = Math.Min(QueriesTogether, queryCount - first);
            var best = Scan(queries + (nint)first * stride, group, filterSteps, wanted, options.Threads ?? 1);
            for (var i = 0; i < group; i++)
            {
                var query = queries + (nint)(first + i) * stride;
                matches[first + i] = filterSteps < steps ? Compare(best[i].Sorted(), query, steps, options.Count) : best[i].Sorted();
            }
        }

        return matches;
    }

    private TopMatches[] Scan(float* queries, int group, int steps, int wanted, int threads)
    {
        var parts = Math.Clamp(count / RowsWorthAThread, 1, threads);
        var best = new TopMatches[parts][];
        void ScanPart(int part)
        {
            best[part] = [.. Enumerable.Range(0, group).Select(_ => new TopMatches(wanted))];
            ScanRows((int)((long)count * part / parts), (int)((long)count * (part + 1) / parts), queries, steps, best[part]);
        }

        if (parts == 1)
            ScanPart(0);
        else
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, ScanPart);
        for (var part = 1; part < parts; part++)
        {
            for (var i = 0; i < group; i++)
                best[0][i].Offer(best[part][i]);
        }

        return best[0];
    }

    private void ScanRows(int first, int end, float* queries, int steps, TopMatches[] best)
    {
        var together = Math.Clamp(BlockBytes / sizeof(float) / stride, 1, 1024);
        var scores = stackalloc float[together];
        for (var row = first; row < end; row += together)
        {
            var block = Math.Min(together, end - row);
            for (var i = 0; i < best.Length; i++)
            {
                kernel.Multiply(rows + (nint)row * stride, stride, block, queries + (nint)i * stride, steps, scores);
                best[i].Offer(new ReadOnlySpan<float>(scores, block), row);
            }
        }
    }

    // The second stage: candidates compared as a whole.
    private Match[] Compare(Match[] candidates, float* query, int steps, int wanted)
    {
        var best = new TopMatches(Math.Min(wanted, candidates.Length));
        foreach (var candidate in candidates)
        {
            float score;
            kernel.Multiply(rows + (nint)candidate.Row * stride, stride, 1, query, steps, &score);
            best.Offer(new ReadOnlySpan<float>(in score), candidate.Row);
        }

        return best.Sorted();
    }
}
