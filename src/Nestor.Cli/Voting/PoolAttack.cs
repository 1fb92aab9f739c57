using System.Collections.Immutable;
using Nestor.Cli.Commands;
using Nestor.Training.Robustness.Selection;

namespace Nestor.Cli.Voting;

/// <summary>Attacks on each model of a pool and on each pair at once, kept one by one.</summary>
internal sealed class PoolAttack(PoolEvaluation evaluation, IReadOnlyList<string> names, int points, KeptResults kept, string part, Action<string> say, CancellationToken cancellation)
{
    private const int CommitteeMembers = 3;

    /// <summary>Each model alone.</summary>
    public IReadOnlyList<PoolModel> Alone() => [.. names.Select((name, model) =>
    {
        var flags = kept.Get($"{part} alone {name}", () =>
        {
            var found = evaluation.Alone(model, cancellation);
            say($"{part}, {name} alone: {found.Robust.Count} of {points} robust");
            return new[] { Flags(found.Right), Flags(found.Robust) };
        });
        return new PoolModel(name, PointSet.Of(flags[0]), PointSet.Of(flags[1]));
    })];

    /// <summary>Each pair at once.</summary>
    public JointFailures Together()
    {
        var failures = new JointFailures(names.Count, CommitteeMembers, points);
        foreach (var pair in failures.Majorities)
            failures.Add(pair, PointSet.Of(kept.Get($"{part} together {string.Join(" and ", pair.Select(model => names[model]))}", () => Fallen(pair))));
        return failures;
    }

    private bool[] Fallen(ImmutableArray<int> pair)
    {
        var fallen = evaluation.Together(pair, cancellation);
        say($"{part}, {string.Join(" and ", pair.Select(model => names[model]))} at once: {points - fallen.Count} of {points} hold");
        return Flags(fallen);
    }

    private static bool[] Flags(PointSet set) => [.. Enumerable.Range(0, set.Points).Select(point => set[point])];
}
