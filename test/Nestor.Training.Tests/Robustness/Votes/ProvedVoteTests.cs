using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;
using TorchSharp;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Votes;

/// <summary>Committees of linear models: an image falls or it is proved that it cannot, but for those on the very edge.</summary>
public sealed class ProvedVoteTests
{
    private const int Edge = 3;

    public static TheoryData<VotePolicy, int, Norm> Committees()
    {
        TheoryData<VotePolicy, int, Norm> committees = [];
        foreach (var norm in new[] { Norm.Infinity, Norm.Two })
        {
            committees.Add(new AbsoluteMajority(), 3, norm);
            committees.Add(new TrustedPlurality(), 3, norm);
            committees.Add(new StrictPlurality(), 4, norm);
            committees.Add(new AbsoluteMajority(), 5, norm);
            committees.Add(new StrictPlurality(), 5, norm);
            committees.Add(new TrustedPlurality(), 5, norm);
            committees.Add(new WeightedMajority([3, 2, 2, 1]), 4, norm);
        }

        return committees;
    }

    [Theory]
    [MemberData(nameof(Committees))]
    public void The_attacks_on_coalitions_break_whatever_is_not_proved(VotePolicy policy, int members, Norm norm)
    {
        using var scope = Begin();
        var threat = norm == Norm.Infinity ? new Threat(norm, 0.04) : new Threat(norm, 0.1);
        var committee = new LinearCommittee(policy, members, classes: 3, side: 3, seed: 20);
        var (images, labels) = committee.Data(50, seed: 2);
        var proved = committee.IsProved(images, labels, threat);
        Assert.InRange(proved.Count(isProved => isProved), 8, proved.Length - 8);

        JointLoss[] losses = [new LeastRatioLoss(), new ClampedRatioLoss()];
        using var result = AutoAttack.Evaluate(committee.Defence, images, labels, threat, [.. losses.Select(loss => new JointAutoPgd(policy, loss) { Steps = 50 })]);
        Assert.All(proved.Zip(result.IsRobust), pair => Assert.True(pair.Second || !pair.First, "An image that is proved cannot fall."));
        Assert.InRange(result.IsRobust.Count(robust => robust) - proved.Count(isProved => isProved), 0, Edge);
    }

    public static TheoryData<Attack, Norm> Attacks()
    {
        TheoryData<Attack, Norm> attacks = [];
        foreach (var norm in new[] { Norm.Infinity, Norm.Two })
        {
            foreach (var attack in VoteAttack.Standard(new StrictPlurality(), members: 3, steps: 20, queries: 200))
                attacks.Add(attack, norm);
        }

        return attacks;
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Every_attack_on_votes_stays_in_the_ball_and_breaks_nothing_that_is_proved(Attack attack, Norm norm)
    {
        using var scope = Begin();
        var threat = norm == Norm.Infinity ? new Threat(norm, 0.05) : new Threat(norm, 0.15);
        var committee = new LinearCommittee(new StrictPlurality(), members: 3, classes: 4, side: 3, seed: 30);
        var (images, labels) = committee.Data(40, seed: 3);
        using var random = new Generator(7, CPU);
        using var attacked = new AttackCase(committee.Defence, images, labels, threat, random);
        attack.Run(attacked, default);
        var broken = attacked.Broken.data<bool>().ToArray();
        Assert.True(threat.Size(attacked.Images - images).max().item<float>() <= threat.Epsilon + 1e-6);
        Assert.Equal(broken, committee.Defence.IsCorrect(committee.Defence.Logits(attacked.Images), labels).logical_not().data<bool>().ToArray());
        Assert.All(committee.IsProved(images, labels, threat).Zip(broken), pair => Assert.False(pair.First && pair.Second, "An image that is proved cannot fall."));
        Assert.Contains(true, broken);
        Assert.Equal(broken.Count(fell => !fell), attacked.Survivors);
    }

    [Fact]
    public void No_room_breaks_nothing_and_all_room_breaks_everything()
    {
        using var scope = Begin();
        foreach (var (policy, members) in new (VotePolicy, int)[] { (new AbsoluteMajority(), 3), (new StrictPlurality(), 5) })
        {
            var committee = new LinearCommittee(policy, members, classes: 4, side: 3, seed: 40);
            var (images, labels) = committee.Data(25, seed: 4);
            double[] robust = [.. new[] { new Threat(Norm.Infinity, 0), new Threat(Norm.Two, 0), new Threat(Norm.Infinity, 1), new Threat(Norm.Two, 3) }.Select(threat =>
            {
                using var result = AutoAttack.Evaluate(committee.Defence, images, labels, threat, [new JointAutoPgd(policy, new ClampedRatioLoss()) { Steps = 30 }]);
                return result.RobustAccuracy;
            })];
            Assert.Equal([1, 1, 0, 0], robust);
        }
    }

    [Fact]
    public void One_coalition_at_a_time_finds_what_all_at_once_find()
    {
        using var scope = Begin();
        var threat = new Threat(Norm.Infinity, 0.04);
        var committee = new LinearCommittee(new AbsoluteMajority(), members: 5, classes: 3, side: 3, seed: 20);
        var (images, labels) = committee.Data(50, seed: 2);
        bool[][] robust = [.. new[] { 1, 3, 10 }.Select(atOnce =>
        {
            var attack = new JointAutoPgd(new AbsoluteMajority(), new LeastRatioLoss()) { Steps = 50, AtOnce = atOnce };
            using var result = AutoAttack.Evaluate(committee.Defence, images, labels, threat, [attack]);
            return result.IsRobust.ToArray();
        })];
        Assert.InRange(robust[0].Zip(robust[2]).Count(pair => pair.First != pair.Second), 0, 1);
        Assert.InRange(robust[1].Zip(robust[2]).Count(pair => pair.First != pair.Second), 0, 1);
    }

    /// <summary>The value that naive attacks climb has steps, and nothing to climb between them.</summary>
    [Fact]
    public void Gradients_through_the_vote_find_less_than_coalitions_do()
    {
        using var scope = Begin();
        var threat = new Threat(Norm.Infinity, 0.04);
        var committee = new LinearCommittee(new AbsoluteMajority(), members: 3, classes: 4, side: 4, seed: 20);
        var (images, labels) = committee.Data(100, seed: 2);
        int Broken(Attack attack)
        {
            using var result = AutoAttack.Evaluate(committee.Defence, images, labels, threat, [attack]);
            return result.IsRobust.Count(robust => !robust);
        }

        var coalitions = Broken(new JointAutoPgd(new AbsoluteMajority(), new ClampedRatioLoss()) { Steps = 40 });
        Assert.InRange(coalitions, 20, 95);
        Assert.True(Broken(new AutoPgd(new StraightThroughLoss()) { Steps = 40 }) <= 0.9 * coalitions);
    }

    [Fact]
    public void Attacking_coalitions_leaves_no_tensor_behind()
    {
        using var scope = Begin();
        var committee = new LinearCommittee(new StrictPlurality(), members: 5, classes: 4, side: 3, seed: 20);
        var (images, labels) = committee.Data(20, seed: 2);
        long Live(int steps)
        {
            using var random = new Generator(7, CPU);
            using var inner = NewDisposeScope();
            using (var attacked = new AttackCase(committee.Defence, images, labels, new Threat(Norm.Infinity, 0.02), random))
                new JointAutoPgd(new StrictPlurality(), new ClampedRatioLoss()) { Steps = steps, Targets = 2 }.Run(attacked, default);
            return DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        }

        _ = Live(2);
        Assert.Equal(Live(2), Live(20));
    }

    private static DisposeScope Begin()
    {
        TorchRuntime.EnsureLoaded();
        return NewDisposeScope();
    }
}
