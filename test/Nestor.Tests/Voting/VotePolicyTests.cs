using CsCheck;
using Nestor.Voting;

namespace Nestor.Tests.Voting;

public sealed class VotePolicyTests
{
    private static readonly Gen<int[]> Votes = Gen.Int[1, 3].SelectMany(half => Gen.Int[0, 3].Array[2 * half - 1]);

    private static readonly Gen<(VotePolicy Policy, int[] Votes)> Cases = Votes.SelectMany(votes => Policies(votes.Length).Select(policy => (policy, votes)));

    /// <summary>Early stopping and certificates stand on this: settled is exactly what every completion agrees on.</summary>
    [Fact]
    public void An_answer_is_settled_if_and_only_if_every_completion_gives_it() =>
        Gen.Select(Cases, Gen.Bool.Array[5]).Sample((given, open) =>
        {
            var votes = given.Votes.Select((vote, i) => open[i] ? VotePolicy.Open : vote).ToArray();
            var answers = Completions(votes, classes: 5).Select(completed => given.Policy.Decide(completed)).Distinct().ToList();
            Assert.Equal(answers is [var only] ? only : null, given.Policy.Settled(votes));
        });

    [Fact]
    public void A_class_has_the_absolute_majority_or_nobody_answers() =>
        Votes.Sample(votes =>
        {
            var winner = votes.GroupBy(vote => vote).SingleOrDefault(group => 2 * group.Count() > votes.Length);
            Assert.Equal(winner?.Key ?? VotePolicy.Abstain, new AbsoluteMajority().Decide(votes));
        });

    [Fact]
    public void The_most_votes_win_and_a_tie_is_no_answer() =>
        Votes.Sample(votes =>
        {
            var most = votes.GroupBy(vote => vote).GroupBy(group => group.Count()).MaxBy(tied => tied.Key)!.ToList();
            Assert.Equal(most is [var only] ? only.Key : VotePolicy.Abstain, new StrictPlurality().Decide(votes));
        });

    [Fact]
    public void The_most_trusted_voter_decides_a_tie() =>
        Votes.Sample(votes =>
        {
            var most = votes.Max(vote => votes.Count(other => other == vote));
            Assert.Equal(votes.First(vote => votes.Count(other => other == vote) == most), new TrustedPlurality().Decide(votes));
        });

    [Fact]
    public void Of_three_members_majority_and_plurality_are_the_same() =>
        Gen.Int[0, 3].Array[3].Sample(votes => Assert.Equal(new AbsoluteMajority().Decide(votes), new StrictPlurality().Decide(votes)));

    [Fact]
    public void Equal_weights_are_the_absolute_majority() =>
        Votes.Sample(votes => Assert.Equal(new AbsoluteMajority().Decide(votes), Equal(votes.Length).Decide(votes)));

    [Fact]
    public void The_order_of_the_members_matters_to_none_but_the_trusting() =>
        Gen.Select(Votes, Gen.Int).Sample((votes, seed) =>
        {
            var shuffled = votes.ToArray();
            new Random(seed).Shuffle(shuffled);
            foreach (var policy in new VotePolicy[] { new AbsoluteMajority(), new StrictPlurality(), Equal(votes.Length) })
                Assert.Equal(policy.Decide(votes), policy.Decide(shuffled));
        });

    [Fact]
    public void A_member_that_sits_twice_among_three_decides() =>
        Gen.Int[0, 3].Array[2].Sample(votes =>
        {
            foreach (var policy in new VotePolicy[] { new AbsoluteMajority(), new StrictPlurality(), new TrustedPlurality(), Equal(3) })
                Assert.Equal(votes[0], policy.Decide([votes[0], votes[1], votes[0]]));
        });

    [Fact]
    public void One_member_is_its_own_committee() =>
        Gen.Int[0, 9].Sample(vote =>
        {
            foreach (var policy in new VotePolicy[] { new AbsoluteMajority(), new StrictPlurality(), new TrustedPlurality(), Equal(1) })
                Assert.Equal(vote, policy.Decide([vote]));
        });

    [Fact]
    public void Impossible_committees_are_refused()
    {
        Assert.Contains("4 members", Assert.Throws<NestorException>(() => new AbsoluteMajority().Decide([1, 1, 1, 1])).Message);
        Assert.Throws<NestorException>(() => new StrictPlurality().Decide([]));
        Assert.Throws<NestorException>(() => Equal(2).Decide([1, 1, 1]));
        Assert.Throws<NestorException>(() => new WeightedMajority([1, double.NaN]).Decide([1, 1]));
        Assert.Throws<NestorException>(() => new WeightedMajority([1, 0]).Decide([1, 1]));
        Assert.Throws<ArgumentException>(() => new StrictPlurality().Decide([1, VotePolicy.Open]));
        Assert.Throws<ArgumentException>(() => new StrictPlurality().Decide([1, -7]));
    }

    private static WeightedMajority Equal(int members) => new([.. Enumerable.Repeat(0.1, members)]);

    private static Gen<VotePolicy> Policies(int members) => Gen.OneOf(
        Gen.Const((VotePolicy)new AbsoluteMajority()),
        Gen.Const((VotePolicy)new StrictPlurality()),
        Gen.Const((VotePolicy)new TrustedPlurality()),
        Gen.Int[1, 5].Array[members].Select(weights => (VotePolicy)new WeightedMajority([.. weights.Select(weight => (double)weight)])));

    internal static IEnumerable<int[]> Completions(int[] votes, int classes)
    {
        var open = Array.IndexOf(votes, VotePolicy.Open);
        if (open < 0)
            return [votes];
        return Enumerable.Range(0, classes).SelectMany(label =>
        {
            var completed = votes.ToArray();
            completed[open] = label;
            return Completions(completed, classes);
        });
    }
}
