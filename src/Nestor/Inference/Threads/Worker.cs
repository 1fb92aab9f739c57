namespace Nestor.Inference.Threads;

/// <summary>A thread that runs one member's part of job after job.</summary>
internal sealed class Worker
{
    private readonly Signal started = new();
    private readonly int member;
    private TeamJob? job;

    /// <summary>Starts the thread, which ends with the process.</summary>
    /// <param name="member">The member it is in every job.</param>
    public Worker(int member)
    {
        this.member = member;
        new Thread(Work) { IsBackground = true, Name = $"Nestor worker {member}" }.Start();
    }

    /// <summary>Gives the thread its part of a job. The last one is done, because all members meet at a job's end.</summary>
    public void Start(TeamJob next)
    {
        job = next;
        started.Raise();
    }

    private void Work()
    {
        for (var known = 0; ;)
        {
            started.Await(known);
            known = started.Value;
            job!.Run(member);
        }
    }
}
