using System.Diagnostics;

namespace Nestor.Inference.Threads;

/// <summary>Work that several threads do together: each member runs the same code and meets the others at barriers.</summary>
internal abstract class TeamJob
{
    // Shares end a little apart; a member that the system has put aside costs a large part of the job.
    private const int HeldUpPart = 4;

    private readonly Signal rounds = new();
    private int arrived;
    private long begun;
    private long slept;

    /// <summary>Threads that work on the job; set before it runs.</summary>
    public int Members { get; private set; } = 1;

    /// <summary>Whether members slept for a quarter of the last run because others did not come: the processors are shared with other programs.</summary>
    public bool WasHeldUp { get; private set; }

    /// <summary>Whether members wait for each other within the work. Those who meet at its end alone are no slower together for being held up.</summary>
    internal virtual bool IsInLockStep => true;

    /// <summary>The work of one member. Must not throw when there are several: the others would wait for ever.</summary>
    /// <param name="member">From 0 to <see cref="Members"/>, exclusive; member 0 is the thread that asked for the work.</param>
    protected abstract void Work(int member);

    /// <summary>Waits until every member is here; what they wrote before, all see after.</summary>
    protected void Meet()
    {
        if (Members == 1)
            return;
        var round = rounds.Value;
        var start = Stopwatch.GetTimestamp();
        if (Interlocked.Increment(ref arrived) == Members)
        {
            arrived = 0;
            rounds.Raise();
        }
        else if (!rounds.Await(round))
        {
            Interlocked.Add(ref slept, Stopwatch.GetTimestamp() - start);
        }
    }

    internal void Begin(int members) => (Members, slept, begun) = (members, 0, Stopwatch.GetTimestamp());

    internal void End() => WasHeldUp = Interlocked.Read(ref slept) > (Stopwatch.GetTimestamp() - begun) / HeldUpPart;

    internal void Run(int member)
    {
        Work(member);
        Meet();
    }
}
