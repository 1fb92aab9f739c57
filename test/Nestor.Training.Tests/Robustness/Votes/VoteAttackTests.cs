using Nestor.Training.Robustness;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Votes;

public sealed class VoteAttackTests
{
    private const int GridSide = 81;

    public static TheoryData<VotePolicy, int, Norm> Committees() => new()
    {
        { new StrictPlurality(), 3, Norm.Infinity },
        { new StrictPlurality(), 3, Norm.Two },
        { new StrictPlurality(), 5, Norm.Infinity },
        { new TrustedPlurality(), 5, Norm.Two },
    };

    /// <summary>Two pixels, so that a fine grid over the ball is the truth.</summary>
    [Theory]
    [MemberData(nameof(Committees))]
    public void The_attacks_on_a_vote_find_what_a_grid_over_the_ball_finds(VotePolicy policy, int members, Norm norm)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var threat = new Threat(norm, 0.1);
        var models = Enumerable.Range(1, members).Select(seed => new TwoPixels(seed)).ToArray();
        var defence = new VotingDefence(3, policy, [.. models.Select(member => (Func<Tensor, Tensor>)member.Scores)]);
        var images = rand([60, 1, 1, 2], generator: new Generator(9, CPU)) * 0.7 + 0.15;
        var answers = defence.Answers(defence.Logits(images));
        long[] kept = [.. Enumerable.Range(0, 60).Where(i => answers[i] >= 0)];
        (images, var labels) = (images.index_select(0, tensor(kept)), tensor(kept.Select(i => (long)answers[i]).ToArray()));

        var grid = linspace(-1, 1, GridSide) * threat.Epsilon;
        var changes = stack([grid.repeat_interleave(GridSide), grid.repeat(GridSide)], 1).view(-1, 1, 1, 2);
        changes = changes.index_select(0, threat.Size(changes).flatten().le(threat.Epsilon).nonzero().flatten());
        var truth = Enumerable.Range(0, kept.Length).Select(i =>
        {
            using var inner = NewDisposeScope();
            var around = defence.Logits(images.narrow(0, i, 1) + changes);
            return defence.IsCorrect(around, labels[i].expand(changes.shape[0])).all().item<bool>();
        }).ToArray();
        Assert.InRange(truth.Count(robust => robust), 10, kept.Length - 10);

        using var result = AutoAttack.Evaluate(defence, images, labels, threat, VoteAttack.Standard(policy, members, steps: 40, queries: 200));
        Assert.Equal(1, result.CleanAccuracy);
        Assert.All(truth.Zip(result.IsRobust), pair => Assert.True(pair.First || !pair.Second, "What a grid breaks must fall to the attacks."));
    }

    /// <summary>Member i twice and any j: the vote is member i, so the attacks on the vote must be as strong as those on the member.</summary>
    [Theory]
    [InlineData(Norm.Infinity)]
    [InlineData(Norm.Two)]
    public void A_committee_with_a_repeated_member_is_as_robust_as_that_member(Norm norm)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var threat = norm == Norm.Infinity ? new Threat(norm, 0.012) : new Threat(norm, 0.04);
        LinearModel one = new(classes: 5, side: 4, seed: 1), other = new(classes: 5, side: 4, seed: 8);
        var (images, labels) = one.Data(80, seed: 2);
        var vote = new VotingDefence(5, new AbsoluteMajority(), [one.Scores, other.Scores, one.Scores]);
        using var result = AutoAttack.Evaluate(vote, images, labels, threat, VoteAttack.Standard(vote.Policy, 3, steps: 60, queries: 200));
        Assert.Equal(1, result.CleanAccuracy);
        Assert.Equal(one.IsRobust(images, labels, threat), result.IsRobust);
    }

    [Theory]
    [InlineData(Norm.Infinity)]
    [InlineData(Norm.Two)]
    public void The_order_of_the_members_changes_nothing(Norm norm)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var threat = norm == Norm.Infinity ? new Threat(norm, 0.01) : new Threat(norm, 0.03);
        var models = Enumerable.Range(1, 3).Select(seed => new LinearModel(classes: 5, side: 4, seed)).ToArray();
        var (images, labels) = models[0].Data(40, seed: 2);
        double[] robust = [.. new[] { new[] { 0, 1, 2 }, [2, 0, 1] }.Select(order =>
        {
            var vote = new VotingDefence(5, new StrictPlurality(), [.. order.Select(i => (Func<Tensor, Tensor>)models[i].Scores)]);
            using var result = AutoAttack.Evaluate(vote, images, labels, threat, VoteAttack.Standard(vote.Policy, 3, steps: 30, queries: 50));
            return result.RobustAccuracy;
        })];
        Assert.Equal(robust[0], robust[1], 0.03);
    }

    /// <summary>A bent classifier of two pixels in three classes.</summary>
    private sealed class TwoPixels(int seed)
    {
        private readonly Tensor first = randn([8, 2], generator: new Generator((ulong)seed, CPU)).mul_(4).DetachFromDisposeScope();
        private readonly Tensor second = randn([3, 8], generator: new Generator((ulong)seed + 50, CPU)).DetachFromDisposeScope();

        public Tensor Scores(Tensor images) => nn.functional.linear(nn.functional.linear(images.flatten(1) - 0.5, first).tanh(), second);
    }
}
