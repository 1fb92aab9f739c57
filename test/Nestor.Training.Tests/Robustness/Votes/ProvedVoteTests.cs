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

    private static readonly LinearCommittee Three = new(new StrictPlurality(), members: 3, classes: 4, side: 3, seed: 30);
    private static readonly Dictionary<Norm, bool[]> ProvedOfThree = [];

    public static TheoryData<VotePolicy, int, Norm> Committees() => new()
    {
        { new AbsoluteMajority(), 3, Norm.Infinity },
        { new AbsoluteMajority(), 3, Norm.Two },
        { new TrustedPlurality(), 3, Norm.Infinity },
        { new StrictPlurality(), 4, Norm.Two },
        { new WeightedMajority([3, 2, 2, 1]), 4, Norm.Infinity },
        { new AbsoluteMajority(), 5, Norm.Two },
        { new StrictPlurality(), 5, Norm.Infinity },
    };

    [Theory]
    [MemberData(nameof(Committees))]
    public void The_attacks_on_coalitions_break_whatever_is_not_proved(VotePolicy policy, int members, Norm norm)
    {
        using var scope = Begin();
        var committee = new LinearCommittee(policy, members, classes: 3, side: 3, seed: 20);
        var (images, labels) = committee.Data(24, seed: 2);
        JointLoss[] losses = [new LeastRatioLoss(), new ClampedRatioLoss()];
        var (allProved, allBroken, undecided) = (0, 0, 0);
        foreach (var epsilon in norm == Norm.Infinity ? new[] { 0.003, 0.01 } : [0.009, 0.03])
        {
            var threat = new Threat(norm, epsilon);
            var proved = committee.IsProved(images, labels, threat);
            using var result = AutoAttack.Evaluate(committee.Defence, images, labels, threat, [.. losses.Select(loss => new JointAutoPgd(policy, loss) { Steps = 40 })]);
            Assert.All(proved.Zip(result.IsRobust), pair => Assert.True(pair.Second || !pair.First, "An image that is proved cannot fall."));
            var robust = result.IsRobust.Count(isRobust => isRobust);
            allProved += proved.Count(isProved => isProved);
            allBroken += proved.Length - robust;
            undecided += robust - proved.Count(isProved => isProved);
        }

        Assert.InRange(allProved, 4, int.MaxValue);
        Assert.InRange(allBroken, 4, int.MaxValue);
        Assert.InRange(undecided, 0, Edge);
    }

    public static TheoryData<Attack, Norm> Attacks()
    {
        TheoryData<Attack, Norm> attacks = [];
        foreach (var norm in new[] { Norm.Infinity, Norm.Two })
        {
            foreach (var attack in VoteAttack.Standard(new StrictPlurality(), members: 3, steps: 10, queries: 100))
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
        var (images, labels) = Three.Data(30, seed: 3);
        using var random = new Generator(7, CPU);
        using var attacked = new AttackCase(Three.Defence, images, labels, threat, random);
        attack.Run(attacked, default);
        var broken = attacked.Broken.data<bool>().ToArray();
        Assert.True(threat.Size(attacked.Images - images).max().item<float>() <= threat.Epsilon + 1e-6);
        Assert.Equal(broken, Three.Defence.IsCorrect(Three.Defence.Logits(attacked.Images), labels).logical_not().data<bool>().ToArray());
        if (!ProvedOfThree.TryGetValue(norm, out var proved))
            ProvedOfThree.Add(norm, proved = Three.IsProved(images, labels, threat));
        Assert.All(proved.Zip(broken), pair => Assert.False(pair.First && pair.Second, "An image that is proved cannot fall."));
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
            var (images, labels) = committee.Data(12, seed: 4);
            double[] robust = [.. new[] { new Threat(Norm.Infinity, 0), new Threat(Norm.Two, 0), new Threat(Norm.Infinity, 1), new Threat(Norm.Two, 3) }.Select(threat =>
            {
                using var result = AutoAttack.Evaluate(committee.Defence, images, labels, threat, [new JointAutoPgd(policy, new ClampedRatioLoss()) { Steps = 30 }]);
                return result.RobustAccuracy;
            })];
            Assert.Equal([1, 1, 0, 0], robust);
        }
    }

    [Fact]
    public void Some_coalitions_at_a_time_find_what_all_at_once_find()
    {
        using var scope = Begin();
        var threat = new Threat(Norm.Infinity, 0.006);
        var committee = new LinearCommittee(new AbsoluteMajority(), members: 5, classes: 3, side: 3, seed: 20);
        var (images, labels) = committee.Data(24, seed: 2);
        bool[][] robust = [.. new[] { 3, 10 }.Select(atOnce =>
        {
            var attack = new JointAutoPgd(new AbsoluteMajority(), new LeastRatioLoss()) { Steps = 40, AtOnce = atOnce };
            using var result = AutoAttack.Evaluate(committee.Defence, images, labels, threat, [attack]);
            return result.IsRobust.ToArray();
        })];
        Assert.InRange(robust[0].Zip(robust[1]).Count(pair => pair.First != pair.Second), 0, 1);
    }

    /// <summary>The gradient of votes is zero, so what falls fell to the random start; the mean of probabilities has gradients, but not those of the vote.</summary>
    [Fact]
    public void The_votes_themselves_and_the_mean_of_probabilities_are_weak_guides()
    {
        using var scope = Begin();
        var committee = new LinearCommittee(new AbsoluteMajority(), members: 3, classes: 4, side: 4, seed: 20);
        var (images, labels) = committee.Data(120, seed: 2);
        var coalitions = Broken(new JointAutoPgd(new AbsoluteMajority(), new ClampedRatioLoss()) { Steps = 30 });
        Assert.True(Broken(new AutoPgd(new VoteCountLoss()) { Steps = 30 }) < 0.3 * coalitions);
        Assert.True(Broken(new AutoPgd(new MeanProbabilityLoss()) { Steps = 30 }) < 0.8 * coalitions);

        int Broken(Attack attack)
        {
            using var result = AutoAttack.Evaluate(committee.Defence, images, labels, new Threat(Norm.Infinity, 0.006), [attack]);
            return result.IsRobust.Count(robust => !robust);
        }
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
        Assert.Equal(Live(2), Live(8));
    }

    private static DisposeScope Begin()
    {
        TorchRuntime.EnsureLoaded();
        return NewDisposeScope();
    }
}
