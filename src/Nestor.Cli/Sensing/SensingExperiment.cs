using Nestor.Cli.Reports;

namespace Nestor.Cli.Sensing;

/// <summary>One experiment of <c>nestor reproduce sensing</c>.</summary>
/// <param name="Id">E1 to E13.</param>
/// <param name="Title">What it asks, as a heading.</param>
internal abstract record SensingExperiment(string Id, string Title)
{
    /// <summary>All of them, in the order of the report.</summary>
    public static IReadOnlyList<SensingExperiment> All =>
    [
        new ExactColumns(), new StrengthSweep(), new PopulationRuns(), new PruningCurves(), new SampleComplexity(), new SaddleEscape(), new StrengthWindow(),
        new SmoothingSweep(), new ColumnNormLaw(), new Conditioning(), new QuadraticNetworks(), new SmoothedAgainstProximal(), new PeersByPasses(),
    ];

    /// <summary>Runs it.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract SensingSection Run(SensingContext context);
}

/// <summary>What an experiment runs with.</summary>
/// <param name="IsQuick">Whether a short run is wanted: few seeds, few settings.</param>
/// <param name="Threads">Threads of a pass over the measurements.</param>
/// <param name="Tell">Tells people how far it is.</param>
/// <param name="Cancellation">Stops it.</param>
internal sealed record SensingContext(bool IsQuick, int Threads, Action<string> Tell, CancellationToken Cancellation)
{
    /// <summary>The seeds of an experiment: all, or few in a short run.</summary>
    public IReadOnlyList<ulong> Seeds(int count, int quick = 1) => [.. Enumerable.Range(0, IsQuick ? Math.Min(quick, count) : count).Select(seed => (ulong)seed)];

    /// <summary>The settings of an experiment: all, or some in a short run.</summary>
    public IReadOnlyList<T> Choose<T>(IReadOnlyList<T> all, params int[] quick) => IsQuick ? [.. quick.Select(i => all[i])] : all;
}

/// <summary>What came of an experiment.</summary>
/// <param name="Text">Markdown below the heading.</param>
/// <param name="Charts">Its pictures.</param>
internal sealed record SensingSection(string Text, IReadOnlyList<LineChart> Charts);
