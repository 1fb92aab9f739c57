using System.Collections.Immutable;

namespace Nestor.Training.Robustness.Selection;

/// <summary>For every smallest majority of a pool's models: the points at which one perturbation makes all of them wrong.</summary>
/// <remarks>
/// A committee that votes by majority is broken at a point if and only if some smallest majority of its members fails there at once. So its robust accuracy is known for every
/// choice of members once each majority was attacked once: for three members, pairs. What an attack misses makes the estimate too high, never too low. Derived here; the
/// rule of Devvrit et al. 2020 (arXiv 2011.14031) is not known to us.
/// </remarks>
public sealed class JointFailures
{
    private readonly Dictionary<string, PointSet> failures = [];
    private readonly PointSet none;

    /// <summary>Begins without any failure.</summary>
    /// <param name="models">Models of the pool.</param>
    /// <param name="members">Members of a committee; odd.</param>
    /// <param name="points">Points of the data.</param>
    /// <exception cref="NestorException">Such a committee cannot be taken from the pool.</exception>
    public JointFailures(int models, int members, int points)
    {
        if (members < 1 || members % 2 == 0 || members > models)
            throw new NestorException($"A committee of {members} from a pool of {models} was asked for; an odd number of members, at most as many as there are models, is wanted.");
        (Models, Members, none) = (models, members, PointSet.Of(new bool[points]));
    }

    /// <summary>Models of the pool.</summary>
    public int Models { get; }

    /// <summary>Members of a committee.</summary>
    public int Members { get; }

    /// <summary>Models of a smallest majority.</summary>
    public int Majority => Members / 2 + 1;

    /// <summary>The smallest majorities that any committee of the pool could have, each to be attacked once.</summary>
    public IEnumerable<ImmutableArray<int>> Majorities => VoteAttack.Subsets(Models, Majority);

    /// <summary>Adds points at which a majority fails at once; repeated attacks add up.</summary>
    /// <exception cref="ArgumentException">It is no smallest majority of the pool.</exception>
    public void Add(ImmutableArray<int> majority, PointSet failed)
    {
        if (majority.Length != Majority || majority.Distinct().Count() != Majority || majority.Any(model => model < 0 || model >= Models))
            throw new ArgumentException($"{string.Join(", ", majority)} is not a set of {Majority} of {Models} models.", nameof(majority));
        failures[Key(majority)] = Of(majority).Or(failed);
    }

    /// <summary>Points at which all of some models fail at once, as far as attacks have found.</summary>
    public PointSet Of(IEnumerable<int> majority) => failures.GetValueOrDefault(Key(majority), none);

    /// <summary>Points at which a committee is broken, as far as attacks have found.</summary>
    /// <param name="committee">Models of the pool.</param>
    public PointSet OfCommittee(IReadOnlyList<int> committee) =>
        VoteAttack.Subsets(committee.Count, Majority).Aggregate(none, (broken, places) => broken.Or(Of(places.Select(place => committee[place]))));

    /// <summary>The share of points at which no attack broke the committee.</summary>
    public double RobustAccuracy(IReadOnlyList<int> committee) => (none.Points - OfCommittee(committee).Count) / (double)none.Points;

    private static string Key(IEnumerable<int> majority) => string.Join(',', majority.Order());
}
