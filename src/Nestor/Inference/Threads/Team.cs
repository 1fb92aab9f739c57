using System.Diagnostics;

namespace Nestor.Inference.Threads;

/// <summary>The process's worker threads, who wait for jobs: a job begins within a microsecond and allocates nothing.</summary>
/// <remarks>
/// One job with several members runs at a time; jobs of one member run on their own thread and wait for nobody. When members were held
/// up because other programs use the processors, threads in lock step are slower than one alone, so jobs run alone for a while, twice as
/// long after each failed attempt to return.
/// </remarks>
internal sealed class Team
{
    // A turn of the system's scheduler, and what a program that came to stay is worth.
    private static readonly long ShortestAlone = Stopwatch.Frequency / 100, LongestAlone = Stopwatch.Frequency;

    private readonly Lock running = new();
    private readonly List<Worker> workers = [];
    private long aloneUntil;
    private long penalty = ShortestAlone;

    private Team()
    {
    }

    /// <summary>The one team of the process.</summary>
    public static Team Shared { get; } = new();

    /// <summary>Runs a job on up to <paramref name="members"/> threads, the calling one included, and returns when it is done.</summary>
    public void Run(TeamJob job, int members)
    {
        if (members == 1)
        {
            job.Begin(1);
            job.Run(0);
            return;
        }

        lock (running)
            RunTogether(job, members);
    }

    private void RunTogether(TeamJob job, int members)
    {
        while (workers.Count < members - 1)
            workers.Add(new Worker(workers.Count + 1));
        if (job.IsInLockStep && Stopwatch.GetTimestamp() < aloneUntil)
        {
            job.Begin(1);
            job.Run(0);
            return;
        }

        job.Begin(members);
        for (var i = 0; i < members - 1; i++)
            workers[i].Start(job);
        job.Run(0);
        job.End();

        if (!job.IsInLockStep)
            return;
        penalty = job.WasHeldUp ? Math.Min(2 * penalty, LongestAlone) : ShortestAlone;
        if (job.WasHeldUp)
            aloneUntil = Stopwatch.GetTimestamp() + penalty;
    }
}
