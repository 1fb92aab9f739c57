namespace Nestor.Training.Robustness.Selection;

/// <summary>Ranks the committees of a pool: by the robust accuracy of the vote, then by what counting its robust members promises, then by clean accuracy.</summary>
/// <remarks>Small pools are enumerated. Larger ones are searched from models upwards, keeping the best at each size, then by exchanging single members until no exchange helps.</remarks>
public sealed class CommitteeSearch
{
    private const int EnumeratedModels = 15, Beam = 64;

    private readonly IReadOnlyList<PoolModel> pool;
    private readonly JointFailures failures;

    /// <summary>Prepares the search.</summary>
    /// <exception cref="NestorException">There are not as many models as in the record of failures.</exception>
    public CommitteeSearch(IReadOnlyList<PoolModel> pool, JointFailures failures)
    {
        if (pool.Count != failures.Models)
            throw new NestorException($"{pool.Count} models and failures of {failures.Models} were given; they must be of the same pool.");
        (this.pool, this.failures) = (pool, failures);
    }

    /// <summary>The best committees, best first.</summary>
    /// <param name="count">How many.</param>
    public IReadOnlyList<CommitteeCandidate> Best(int count) => pool.Count <= EnumeratedModels ? [.. All().Take(count)] : [.. Searched().Take(count)];

    /// <summary>Every committee of the pool, best first.</summary>
    public IReadOnlyList<CommitteeCandidate> All() => Ranked(VoteAttack.Subsets(pool.Count, failures.Members).Select(members => Judge([.. members])));

    internal IReadOnlyList<CommitteeCandidate> Searched()
    {
        List<int[]> grown = [[]];
        for (var size = 1; size <= failures.Members; size++)
        {
            grown = [.. grown
                .SelectMany(members => Enumerable.Range(0, pool.Count).Except(members).Select(model => members.Append(model).Order().ToArray()))
                .DistinctBy(members => string.Join(',', members))
                .OrderByDescending(failures.RobustAccuracy)
                .ThenByDescending(members => members.Sum(model => pool[model].Robust.Count))
                .Take(Beam)];
        }

        return Ranked(grown.Select(Improved).DistinctBy(candidate => string.Join(',', candidate.Members)));
    }

    private CommitteeCandidate Improved(int[] members)
    {
        var best = Judge(members);
        while (true)
        {
            var exchanged = Ranked(best.Members.SelectMany(leaving => Enumerable.Range(0, pool.Count).Except(best.Members)
                .Select(joining => Judge([.. best.Members.Except([leaving]).Append(joining).Order()]))));
            if (exchanged.Count == 0 || Ranked([best, exchanged[0]])[0] == best)
                return best;
            best = exchanged[0];
        }
    }

    private CommitteeCandidate Judge(int[] members) =>
        new(members, failures.RobustAccuracy(members), Majority(members, model => model.Robust), Majority(members, model => model.Right));

    private double Majority(int[] members, Func<PoolModel, PointSet> flags)
    {
        var sets = members.Select(member => flags(pool[member])).ToList();
        return Enumerable.Range(0, sets[0].Points).Count(point => sets.Count(set => set[point]) >= failures.Majority) / (double)sets[0].Points;
    }

    private static List<CommitteeCandidate> Ranked(IEnumerable<CommitteeCandidate> candidates) =>
        [.. candidates.OrderByDescending(candidate => candidate.Robust).ThenByDescending(candidate => candidate.Counted).ThenByDescending(candidate => candidate.Clean)];
}
