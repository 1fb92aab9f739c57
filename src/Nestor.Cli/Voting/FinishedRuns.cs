using Nestor.Cli.Commands;

namespace Nestor.Cli.Voting;

/// <summary>Finished runs in a folder, a file for each seed of a setting: several processes and machines can add to them, and a page is drawn from all.</summary>
internal sealed class FinishedRuns(string folder)
{
    private readonly KeptResults kept = new(folder);

    /// <summary>Every run that is there, in the order of settings and seeds.</summary>
    /// <exception cref="NestorException">A file is damaged.</exception>
    public IReadOnlyList<VotingRun> All() => [.. kept.All<VotingRun>().Select(Whole).OrderBy(run => Place(run.Setting)).ThenBy(run => run.Seed)];

    /// <summary>The run of a seed, made now if it is not there.</summary>
    /// <exception cref="NestorException">It is there, of another size, or its file is damaged.</exception>
    public void Add(VotingSetting setting, int seed, VotingOptions options, Func<VotingRun> run)
    {
        var name = $"{setting.Key}-seed-{seed}";
        if (kept.Get(name, run).Options != options)
            throw new NestorException($"The folder '{folder}' has a run '{name}' of another size. Ask for that size, give another --runs, or delete the run.");
    }

    private VotingRun Whole(VotingRun run) => Place(run.Setting) >= 0 && run.IsWhole
        ? run
        : throw new NestorException($"The folder '{folder}' has a run '{run.Setting.Key}', seed {run.Seed}, that is of no known setting or not whole. Delete it.");

    private static int Place(VotingSetting setting) => VotingSetting.All.ToList().IndexOf(setting);
}
