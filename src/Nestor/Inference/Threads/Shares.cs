namespace Nestor.Inference.Threads;

/// <summary>Hands out the items of a job's phases: each member gets a range of neighbours, front to back, and takes from the others' ends when its own is done.</summary>
/// <remarks>
/// Neighbours lie side by side in memory, and a processor reads one long stream faster than every second piece of one. A member who is
/// held up leaves the rest of its range to the others.
/// </remarks>
internal sealed class Shares
{
    // Ranges lie in different cache lines.
    private const int Spacing = 64 / sizeof(long);

    private const long Front = 1, Back = 1L << 32;

    // Of each phase and member: items taken from the front in the lower half, from the back in the upper one; attempts at an empty range count too.
    private long[] taken = [];
    private int stride;

    /// <summary>Makes all items of some phases available; called before a job runs.</summary>
    /// <param name="phases">Number of phases.</param>
    /// <param name="mostMembers">The most members that the job may have.</param>
    public void Reset(int phases, int mostMembers)
    {
        stride = mostMembers * Spacing;
        if (taken.Length < phases * stride)
            taken = new long[phases * stride];
        Array.Clear(taken);
    }

    /// <summary>The next item of a phase for a member, or -1 when none is left.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="member">Who asks.</param>
    /// <param name="members">Members of the job.</param>
    /// <param name="count">Items of the phase, the same in every call.</param>
    public int Next(int phase, int member, int members, int count)
    {
        for (var i = 0; i < members; i++)
        {
            var owner = (member + i) % members;
            int first = Bound(owner), end = Bound(owner + 1);
            var range = Interlocked.Add(ref taken[phase * stride + owner * Spacing], i == 0 ? Front : Back);
            int front = (int)range, back = (int)(range >> 32);
            if (front + back <= end - first)
                return i == 0 ? first + front - 1 : end - back;
        }

        return -1;

        int Bound(int owner) => (int)((long)count * owner / members);
    }
}
