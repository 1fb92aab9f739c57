using CsCheck;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Votes;

public sealed class CoalitionTests
{
    [Fact]
    public void A_vote_is_wrong_if_and_only_if_all_of_some_coalition_is() =>
        Gen.Select(VotePolicies.UpTo(6), Gen.Int[0, 4].Array[6]).Sample((committee, classes) =>
        {
            var votes = classes[..committee.Members];
            var isWrong = committee.Policy.Decide(votes) != 0;
            Assert.Equal(isWrong, Coalitions.Of(committee.Policy, committee.Members).Any(coalition => IsWrong(coalition, votes)));
        }, iter: 2000);

    [Fact]
    public void No_coalition_needs_more_than_another() =>
        VotePolicies.UpTo(5).Sample(committee =>
        {
            var coalitions = Coalitions.Of(committee.Policy, committee.Members);
            Assert.All(coalitions, one => Assert.DoesNotContain(coalitions, other => other != one && Includes(one, other)));
            Assert.All(coalitions, coalition => Assert.NotEqual(1, coalition.Agreeing.Length));
        }, iter: 30);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void By_majority_the_coalitions_are_the_smallest_majorities(int members)
    {
        var coalitions = Coalitions.Of(new AbsoluteMajority(), members);
        Assert.All(coalitions, coalition => Assert.Empty(coalition.Agreeing));
        Assert.Equal(
            VoteAttack.Subsets(members, members / 2 + 1).Select(subset => string.Join(' ', subset)).Order(),
            coalitions.Select(coalition => string.Join(' ', coalition.Wrong)).Order());
    }

    /// <summary>2a + b = k, or all but one wrong by themselves.</summary>
    [Fact]
    public void Plurality_of_five_falls_to_four_that_are_wrong_or_two_that_agree_and_one_more()
    {
        var shapes = Coalitions.Of(new StrictPlurality(), 5).CountBy(coalition => (coalition.Agreeing.Length, coalition.Wrong.Length)).ToDictionary();
        Assert.Equal(new Dictionary<(int, int), int> { [(0, 4)] = 5, [(2, 1)] = 30 }, shapes);
        Assert.Equal(Coalitions.Of(new AbsoluteMajority(), 3).Select(coalition => coalition.ToString()), Coalitions.Of(new StrictPlurality(), 3).Select(coalition => coalition.ToString()));
    }

    [Fact]
    public void Who_is_most_trusted_need_not_agree_with_another_to_win_a_tie() =>
        Assert.Equal(["0 1", "0 2", "1=2"], Coalitions.Of(new TrustedPlurality(), 3).Select(coalition => coalition.ToString()).Order());

    [Fact]
    public void The_margin_of_a_vote_is_positive_where_the_vote_is_wrong()
    {
        TorchRuntime.EnsureLoaded();
        VotePolicies.UpTo(5).SelectMany(committee => Gen.Select(Gen.Int[3, 5], Gen.Int[0, 9999], (classes, seed) => (committee.Policy, committee.Members, classes, seed))).Sample(given =>
        {
            using var scope = NewDisposeScope();
            var random = new Generator((ulong)given.seed, CPU);
            Tensor[] logits = [.. Enumerable.Range(0, given.Members).Select(_ => randn([50, given.classes], generator: random))];
            if (logits.Any(HasTie))
                return;
            var labels = randint(given.classes, [50], generator: random);
            var defence = new VotingDefence(given.classes, given.Policy, [.. logits.Select(scores => (Func<Tensor, Tensor>)(_ => scores))]);
            var margins = new VoteMarginLoss(given.Policy).Of(logits, labels, targets: null);
            Assert.Equal(defence.IsCorrect(logits, labels).data<bool>().ToArray(), margins.le(0).data<bool>().ToArray());
        }, iter: 200);
    }

    [Fact]
    public void Committees_too_large_to_list_are_refused() =>
        Assert.Contains("13 members", Assert.Throws<NestorException>(() => Coalitions.Of(new StrictPlurality(), 13)).Message);

    // Whether some row has two best classes, of which a margin prefers none.
    private static bool HasTie(Tensor scores)
    {
        var best = scores.topk(2).values;
        return (best.select(1, 0) - best.select(1, 1)).eq(0).any().item<bool>();
    }

    // Class 0 is right.
    private static bool IsWrong(Coalition coalition, int[] votes) =>
        coalition.Members.All(member => votes[member] != 0) && coalition.Agreeing.Select(member => votes[member]).Distinct().Count() <= 1;

    private static bool Includes(Coalition large, Coalition small) => small.Members.All(large.Members.Contains) && small.Agreeing.All(large.Agreeing.Contains);
}
