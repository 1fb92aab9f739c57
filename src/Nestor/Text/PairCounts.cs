using System.Runtime.InteropServices;
using System.Text;

namespace Nestor.Text;

/// <summary>How often each pair of adjacent tokens occurs in the counted words, kept true while pairs are merged.</summary>
/// <remarks>
/// All words lie in one array with a boundary between them, one cell for each byte. A token lies in the cells of its bytes: its id
/// in the first, and in the last the way back to the first, so both neighbours are found in one step and a merge costs as much as
/// the pair has occurrences, however long the words are.
/// </remarks>
internal sealed class PairCounts
{
    /// <summary>Pairs seen less often are not merged: what occurs once is no pattern.</summary>
    public const int Least = 2;

    private const int Boundary = int.MinValue;
    private readonly int[] cells;
    private readonly int[] wordOfCell;
    private readonly long[] wordCounts;
    private readonly List<int> tokenLengths;
    private readonly Dictionary<(int Left, int Right), Pair> pairs = [];
    private readonly PriorityQueue<(int Left, int Right), Priority> queue = new();

    /// <summary>Counts the pairs of bytes of all words.</summary>
    /// <param name="words">The words and how often each occurs.</param>
    /// <param name="firstByte">The token of the byte 0; those of the other bytes follow.</param>
    public PairCounts(Dictionary<string, long> words, int firstByte)
    {
        // Words of one byte have no pair.
        var kept = words.Where(word => word.Key.Length > 1 || word.Key[0] >= 0x80).ToArray();
        var length = kept.Sum(word => Encoding.UTF8.GetByteCount(word.Key) + 1L) + 1;
        if (length > Array.MaxLength)
            throw new NestorException($"The text's different words have {length} bytes, at most {Array.MaxLength} can be learnt from; give less text.");
        cells = new int[length];
        wordOfCell = new int[length];
        wordCounts = new long[kept.Length];
        tokenLengths = [.. Enumerable.Repeat(1, firstByte + 256)];

        cells[0] = Boundary;
        var (end, bytes) = (1, Array.Empty<byte>());
        for (var word = 0; word < kept.Length; word++)
        {
            wordCounts[word] = kept[word].Value;
            foreach (var b in bytes = Encoding.UTF8.GetBytes(kept[word].Key))
            {
                cells[end] = firstByte + b;
                wordOfCell[end++] = word;
            }

            cells[end++] = Boundary;
        }

        for (var i = 1; i < length - 1; i++)
        {
            if (cells[i] != Boundary && cells[i + 1] != Boundary)
                Add(i, cells[i], cells[i + 1]);
        }

        foreach (var (pair, occurrences) in pairs)
            queue.Enqueue(pair, new Priority(occurrences.Count, pair));
    }

    /// <summary>The pair that occurs most often, ties to the lowest ids; null if none occurs <see cref="Least"/> times.</summary>
    public (int Left, int Right)? MostFrequent()
    {
        while (queue.TryPeek(out var pair, out var priority))
        {
            var count = pairs.TryGetValue(pair, out var occurrences) ? occurrences.Count : 0;
            if (count == priority.Count)
                return count >= Least ? pair : null;

            // A pair that became rarer is queued again at its true count; one that became more frequent was queued when it did.
            queue.Dequeue();
            if (count is > 0 && count < priority.Count)
                queue.Enqueue(pair, new Priority(count, pair));
        }

        return null;
    }

    /// <summary>Takes a pair out of the choice.</summary>
    public void Forbid(int left, int right) => pairs[(left, right)].Count = 0;

    /// <summary>Joins every occurrence of a pair, left to right, into a token: the next new one, or one that is known.</summary>
    public void Merge(int left, int right, int token)
    {
        if (token == tokenLengths.Count)
            tokenLengths.Add(tokenLengths[left] + tokenLengths[right]);
        pairs.Remove((left, right), out var merged);
        var positions = CollectionsMarshal.AsSpan(merged!.Positions);
        positions.Sort();
        var grown = new HashSet<(int, int)>();
        foreach (var at in positions)
        {
            var second = at + tokenLengths[left];
            if (cells[at] != left || cells[second] != right)
                continue;

            var after = second + tokenLengths[right];
            var (before, next) = (Before(at), cells[after]);
            if (before >= 0)
            {
                Remove(at, cells[before], left);
                Add(before, cells[before], token);
                grown.Add((cells[before], token));
            }

            if (next != Boundary)
            {
                Remove(at, right, next);
                Add(at, token, next);
                grown.Add((token, next));
            }

            // The second token's first cell goes too, or positions that were noted for it would still find it.
            cells[at] = token;
            cells[second] = cells[after - 1] = ~at;
        }

        foreach (var pair in grown)
        {
            if (pairs.TryGetValue(pair, out var occurrences) && occurrences.Count > 0)
                queue.Enqueue(pair, new Priority(occurrences.Count, pair));
        }
    }

    /// <summary>Where the token before begins, or -1 at the start of a word.</summary>
    private int Before(int at) => cells[at - 1] switch
    {
        Boundary => -1,
        >= 0 => at - 1,
        var back => ~back,
    };

    private void Add(int at, int left, int right)
    {
        ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, (left, right), out _);
        pair ??= new Pair();
        pair.Count += wordCounts[wordOfCell[at]];
        pair.Positions.Add(at);
    }

    private void Remove(int at, int left, int right)
    {
        if (pairs.TryGetValue((left, right), out var pair))
            pair.Count -= wordCounts[wordOfCell[at]];
    }

    private sealed class Pair
    {
        public long Count;
        public readonly List<int> Positions = [];
    }

    /// <summary>Most frequent first, then lowest ids.</summary>
    private readonly record struct Priority(long Count, (int Left, int Right) Pair) : IComparable<Priority>
    {
        public int CompareTo(Priority other) => Count != other.Count ? other.Count.CompareTo(Count) : Pair.CompareTo(other.Pair);
    }
}
