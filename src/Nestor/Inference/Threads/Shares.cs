namespace Nestor.Inference.Threads;

/// <summary>Hands out the items of a job's phases one by one, so that a member who is held up leaves the rest to the others.</summary>
internal sealed class Shares
{
    // Counters of different phases lie in different cache lines.
    private const int Spacing = 64 / sizeof(int);

    private int[] taken = [];

    /// <summary>Makes all items of some phases available; called before a job runs.</summary>
    public void Reset(int phases)
    {
        if (taken.Length < phases * Spacing)
            taken = new int[phases * Spacing];
        Array.Clear(taken);
    }

    /// <summary>The next item of a phase, from 0; the caller stops at its number of items.</summary>
    public int Next(int phase) => Interlocked.Increment(ref taken[phase * Spacing]) - 1;
}
