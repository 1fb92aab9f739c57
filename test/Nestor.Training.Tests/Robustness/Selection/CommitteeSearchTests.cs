using CsCheck;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Selection;

namespace Nestor.Training.Tests.Robustness.Selection;

public sealed class CommitteeSearchTests
{
    private const int Points = 70;

    [Fact]
    public void A_committee_is_broken_where_some_majority_of_it_fails_at_once() =>
        Pools(models: 5, members: 3).Sample(pool =>
        {
            foreach (var members in VoteAttack.Subsets(5, 3))
            {
                var broken = pool.Failures.OfCommittee([.. members]);
                for (var point = 0; point < Points; point++)
                    Assert.Equal(VoteAttack.Subsets(5, 2).Any(pair => pair.All(members.Contains) && pool.Failures.Of(pair)[point]), broken[point]);
            }
        }, iter: 20);

    /// <summary>Where failures are those of the models alone, the estimate cannot be below what counting robust members promises.</summary>
    [Fact]
    public void Counting_is_a_lower_bound() =>
        Pools(models: 6, members: 3).Sample(pool => Assert.All(new CommitteeSearch(pool.Models, pool.Failures).All(), candidate => Assert.True(candidate.Counted <= candidate.Robust)), iter: 20);

    [Fact]
    public void The_best_committee_of_a_small_pool_is_found_by_listing_all() =>
        Pools(models: 6, members: 3).Sample(pool =>
        {
            var best = new CommitteeSearch(pool.Models, pool.Failures).Best(1)[0];
            Assert.Equal(VoteAttack.Subsets(6, 3).Max(members => pool.Failures.RobustAccuracy([.. members])), best.Robust);
            Assert.Equal(pool.Failures.RobustAccuracy(best.Members), best.Robust);
        }, iter: 20);

    [Fact]
    public void The_search_of_large_pools_finds_what_listing_finds() =>
        Pools(models: 9, members: 3).Sample(pool =>
        {
            var search = new CommitteeSearch(pool.Models, pool.Failures);
            var (found, listed) = (search.Searched(), search.All());
            Assert.Equal(listed[0].Robust, found[0].Robust);
            Assert.Equal(found.Count, found.Select(candidate => string.Join(",", candidate.Members)).Distinct().Count());
        }, iter: 20);

    [Fact]
    public void A_repeated_model_brings_nothing()
    {
        var robust = PointSet.Of([.. Enumerable.Range(0, Points).Select(point => point % 2 == 0)]);
        var failures = new JointFailures(3, 3, Points);
        foreach (var pair in failures.Majorities)
            failures.Add(pair, PointSet.Of([.. Enumerable.Range(0, Points).Select(point => point % 2 != 0)]));
        Assert.Equal(robust.Count / (double)Points, failures.RobustAccuracy([0, 1, 2]));
    }

    [Fact]
    public void Impossible_committees_are_refused()
    {
        Assert.Throws<NestorException>(() => new JointFailures(4, 5, 1));
        Assert.Throws<NestorException>(() => new JointFailures(4, 2, 1));
        Assert.Throws<ArgumentException>(() => new JointFailures(4, 3, 1).Add([1, 1], PointSet.Of([true])));
        Assert.Throws<ArgumentException>(() => new JointFailures(4, 3, 1).Add([0, 1], PointSet.Of([true, false])));
        Assert.Throws<NestorException>(() => new CommitteeSearch([], new JointFailures(3, 3, 1)));
    }

    // Pairs fail together at some of the points at which both fail alone.
    private static Gen<(IReadOnlyList<PoolModel> Models, JointFailures Failures)> Pools(int models, int members) =>
        Gen.Select(Gen.Bool.Array[Points].Array[models], Gen.Int).Select((robust, seed) =>
        {
            var random = new Random(seed);
            var failures = new JointFailures(models, members, Points);
            foreach (var majority in failures.Majorities)
                failures.Add(majority, PointSet.Of([.. Enumerable.Range(0, Points).Select(point => majority.All(model => !robust[model][point]) && random.Next(4) > 0)]));
            IReadOnlyList<PoolModel> pool = [.. robust.Select((flags, i) => new PoolModel($"model {i}", PointSet.Of(flags), PointSet.Of(flags)))];
            return (pool, failures);
        });
}
