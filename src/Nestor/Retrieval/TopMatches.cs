namespace Nestor.Retrieval;

/// <summary>The best of the vectors offered so far: a binary heap with the worst of them on top.</summary>
/// <remarks>Of equal scores the lower row is better, so the result does not depend on the order of the offers. A score that is not a number is the worst.</remarks>
internal sealed class TopMatches(int capacity)
{
    private readonly Match[] heap = new Match[capacity];
    private int count;

    /// <summary>Offers scores of consecutive rows.</summary>
    public void Offer(ReadOnlySpan<float> scores, int firstRow)
    {
        var i = 0;
        for (; count < capacity && i < scores.Length; i++)
            Insert(new Match(firstRow + i, Comparable(scores[i])));
        if (capacity == 0)
            return;
        // Rows come in ascending order mostly, so an equal score is seldom better: the comparison that decides is the first.
        for (var worst = heap[0].Score; i < scores.Length; i++)
        {
            if (scores[i] < worst || float.IsNaN(scores[i]))
                continue;
            Offer(new Match(firstRow + i, scores[i]));
            worst = heap[0].Score;
        }
    }

    /// <summary>Offers what other offers have led to.</summary>
    public void Offer(TopMatches other)
    {
        foreach (var match in other.heap.AsSpan(0, other.count))
            Offer(match);
    }

    /// <summary>The matches, best first.</summary>
    public Match[] Sorted()
    {
        var sorted = heap.AsSpan(0, count).ToArray();
        Array.Sort(sorted, static (a, b) => IsWorse(b, a) ? -1 : IsWorse(a, b) ? 1 : 0);
        return sorted;
    }

    private static bool IsWorse(Match a, Match b) => a.Score < b.Score || (a.Score == b.Score && a.Row > b.Row);

    private static float Comparable(float score) => float.IsNaN(score) ? float.NegativeInfinity : score;

    private void Offer(Match match)
    {
        if (count < capacity)
        {
            Insert(match);
        }
        else if (capacity > 0 && IsWorse(heap[0], match))
        {
            heap[0] = match;
            Sink();
        }
    }

    private void Insert(Match match)
    {
        var at = count++;
        heap[at] = match;
        for (int parent; at > 0 && IsWorse(heap[at], heap[parent = (at - 1) / 2]); at = parent)
            (heap[at], heap[parent]) = (heap[parent], heap[at]);
    }

    private void Sink()
    {
        for (int at = 0, child; (child = 2 * at + 1) < count; at = child)
        {
            if (child + 1 < count && IsWorse(heap[child + 1], heap[child]))
                child++;
            if (!IsWorse(heap[child], heap[at]))
                return;
            (heap[at], heap[child]) = (heap[child], heap[at]);
        }
    }
}
