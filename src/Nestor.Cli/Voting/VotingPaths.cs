namespace Nestor.Cli.Voting;

/// <summary>The files and folders of an experiment.</summary>
/// <param name="Work">Models and what was found of each.</param>
/// <param name="Runs">Finished runs; if null, a folder of <paramref name="Work"/>.</param>
/// <param name="Output">The page.</param>
/// <param name="Mnist">Digits; null where none were given.</param>
/// <param name="Cifar">Photographs; null where none were given.</param>
internal sealed record VotingPaths(string Work, string? Runs, string Output, string? Mnist, string? Cifar)
{
    /// <summary>All that were given.</summary>
    public IEnumerable<string> All => new[] { Work, Runs, Output, Mnist, Cifar }.OfType<string>();

    /// <summary>Checks that every setting has images.</summary>
    /// <exception cref="NestorException">One has none.</exception>
    public void Check(IReadOnlyList<VotingSetting> settings)
    {
        foreach (var setting in settings.Where(setting => setting.Source != VotingSource.Shapes && Of(setting.Source) is null))
            throw new NestorException($"The setting '{setting.Key}' needs images; give --{(setting.Source == VotingSource.Mnist ? "mnist" : "cifar")}.");
    }

    /// <summary>The images of a source; drawn ones have no path.</summary>
    public string? Of(VotingSource source) => source switch { VotingSource.Mnist => Mnist, VotingSource.Cifar => Cifar, _ => null };

    /// <summary>The folder of one seed of a setting.</summary>
    public string Of(VotingSetting setting, int seed, bool quick) => Path.Combine(OfWork(quick), setting.Key, $"seed-{seed}");

    /// <summary>Finished runs; short tries keep theirs apart.</summary>
    public FinishedRuns OfRuns(bool quick) => new(Runs is null || quick ? Path.Combine(OfWork(quick), "runs") : Runs);

    private string OfWork(bool quick) => Path.Combine(Work, quick ? "quick" : "");
}
