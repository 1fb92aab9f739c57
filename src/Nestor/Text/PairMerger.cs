using System.Buffers;

namespace Nestor.Text;

/// <summary>Byte-pair encoding proper: merges the pair of lowest rank, leftmost first, until no pair merges (Sennrich et al. 2016, §3.2).</summary>
internal static class PairMerger
{
    /// <summary>Pieces up to this many symbols are merged by scanning, longer ones with a queue.</summary>
    public const int ShortPiece = 64;

    /// <summary>Merges the symbols in place and returns how many tokens are left at their front.</summary>
    public static int Merge(MergeTable table, Span<int> symbols) =>
        symbols.Length <= ShortPiece ? MergeByScanning(table, symbols) : MergeByQueue(table, symbols);

    /// <summary>O(n²) with everything on the stack: the fastest for words.</summary>
    internal static int MergeByScanning(MergeTable table, Span<int> symbols)
    {
        var count = symbols.Length;
        Span<int> ranks = count <= ShortPiece ? stackalloc int[ShortPiece] : new int[count];
        for (var i = 0; i + 1 < count; i++)
            ranks[i] = table.Rank(symbols[i], symbols[i + 1]);

        while (true)
        {
            var (best, rank) = (-1, MergeTable.None);
            for (var i = 0; i + 1 < count; i++)
            {
                if (ranks[i] < rank)
                    (best, rank) = (i, ranks[i]);
            }

            if (best < 0)
                return count;
            symbols[best] = table.Result(rank);
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            ranks[(best + 1)..count].CopyTo(ranks[best..]);
            count--;
            if (best > 0)
                ranks[best - 1] = table.Rank(symbols[best - 1], symbols[best]);
            if (best + 1 < count)
                ranks[best] = table.Rank(symbols[best], symbols[best + 1]);
        }
    }

    /// <summary>O(n log n): a queue of pairs by rank and position over a linked list of symbols, so that no word is slow.</summary>
    internal static int MergeByQueue(MergeTable table, Span<int> symbols)
    {
        var count = symbols.Length;
        var pool = ArrayPool<int>.Shared;
        int[] next = pool.Rent(count), previous = pool.Rent(count), ranks = pool.Rent(count);
        var queue = new PriorityQueue<int, ulong>(count);

        for (var i = 0; i < count; i++)
        {
            (next[i], previous[i]) = (i + 1, i - 1);
            Rank(i, symbols);
        }

        while (queue.TryDequeue(out var i, out var priority))
        {
            // An entry is stale when the pair at its position has changed since.
            var rank = (int)(priority >> 32);
            if (ranks[i] != rank)
                continue;
            var gone = next[i];
            symbols[i] = table.Result(rank);
            ranks[gone] = MergeTable.None;
            next[i] = next[gone];
            if (next[i] < count)
                previous[next[i]] = i;
            Rank(i, symbols);
            if (previous[i] >= 0)
                Rank(previous[i], symbols);
        }

        var length = 0;
        for (var i = 0; i < count; i = next[i])
            symbols[length++] = symbols[i];

        pool.Return(next);
        pool.Return(previous);
        pool.Return(ranks);
        return length;

        void Rank(int i, Span<int> symbols)
        {
            ranks[i] = next[i] < count ? table.Rank(symbols[i], symbols[next[i]]) : MergeTable.None;
            if (ranks[i] != MergeTable.None)
                queue.Enqueue(i, ((ulong)(uint)ranks[i] << 32) | (uint)i);
        }
    }
}
