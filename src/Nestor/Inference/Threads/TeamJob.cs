namespace Nestor.Inference.Threads;

/// <summary>Work that several threads do together: each member runs the same code and meets the others at barriers.</summary>
internal abstract class TeamJob
{
    private readonly Signal rounds = new();
    private int arrived;

    /// <summary>Threads that work on the job; set before it runs.</summary>
    public int Members { get; private set; } = 1;

    /// <summary>Whether a member had to sleep in the last run because another did not come: the processors are shared with other programs.</summary>
    public bool WasHeldUp { get; private set; }

    /// <summary>The work of one member. Must not throw when there are several: the others would wait for ever.</summary>
    /// <param name="member">From 0 to <see cref="Members"/>, exclusive; member 0 is the thread that asked for the work.</param>
    protected abstract void Work(int member);

    /// <summary>Waits until every member is here; what they wrote before, all see after.</summary>
    protected void Meet()
    {
        if (Members == 1)
            return;
        var round = rounds.Value;
        if (Interlocked.Increment(ref arrived) == Members)
        {
            arrived = 0;
            rounds.Raise();
        }
        else if (!rounds.Await(round))
        {
            WasHeldUp = true;
        }
    }

    internal void Begin(int members) => (Members, WasHeldUp) = (members, false);

    internal void Run(int member)
    {
        Work(member);
        Meet();
    }
}
