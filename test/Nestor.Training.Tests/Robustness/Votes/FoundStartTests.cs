using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Votes;

public sealed class FoundStartTests
{
    private const int Count = 40;

    private static readonly Threat Allowed = new(Norm.Infinity, 0.012);
    private static readonly VotePolicy Policy = new StrictPlurality();
    private static readonly LinearModel[] Models = [.. Enumerable.Range(1, 3).Select(seed => new LinearModel(classes: 5, side: 4, seed))];

    [Fact]
    public void A_climb_begins_at_the_found_point_of_the_largest_loss_inside_the_ball()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var (images, labels) = Models[0].Data(Count, seed: 2);
        Tensor[] candidates = [.. Enumerable.Range(1, 3).Select(seed => images + 2 * Allowed.Epsilon * (rand(images.shape, generator: new Generator((ulong)seed, CPU)) - 0.5))];
        using var attacked = new AttackCase(Vote, images, labels, Allowed, new Generator(1, CPU), arange(Count));
        var loss = new VoteMarginLoss(Policy);

        var start = new FoundStart("others", candidates).Of(attacked, loss);

        Assert.True(Allowed.Size(start - images).le(Allowed.Epsilon + 1e-6).all().item<bool>());
        var (chosen, each) = (attacked.Losses(start, loss), candidates.Select(points => attacked.Losses(Allowed.Project(points, images), loss)).ToArray());
        Assert.True(chosen.eq(stack(each, 0).amax([0])).all().item<bool>());
        Assert.True(each.Select(losses => losses.eq(chosen).sum().item<long>()).Max() < Count, "No source should be the best everywhere.");
    }

    /// <summary>A point that breaks a coalition is found again for the row of that coalition, whichever images have fallen before.</summary>
    [Fact]
    public void What_broke_a_vote_once_breaks_it_again_at_the_start()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var (images, labels) = Models[0].Data(Count, seed: 2);
        using var before = AutoAttack.Evaluate(Vote, images, labels, Allowed, [new JointAutoPgd(Policy, new ClampedRatioLoss()) { Steps = 30 }]);
        Assert.InRange(before.IsRobust.Count(robust => robust), 3, Count - 3);
        var start = new FoundStart("the vote", [before.Images]);

        Attack[] again = [new AutoPgd(new VoteMarginLoss(Policy)) { Steps = 1, Start = start }, new JointAutoPgd(Policy, new LeastRatioLoss()) { Steps = 1, Start = start }];
        foreach (var attack in again)
        {
            using var result = AutoAttack.Evaluate(Vote, images, labels, Allowed, [attack], new EvaluationOptions { Batch = 7 });
            Assert.All(before.IsRobust.Zip(result.IsRobust), pair => Assert.True(pair.First || !pair.Second));
        }
    }

    [Fact]
    public void A_start_at_other_points_is_another_attack()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var points = rand(2, 1, 4, 4);
        var climb = new AutoPgd(new VoteMarginLoss(Policy));
        string[] identities = [.. new[] { points, points + 0.1 }.Select(some => (climb with { Start = new FoundStart("others", [some]) }).Identity), climb.Identity];
        Assert.Equal(3, identities.Distinct().Count());
        Assert.Contains("Start = random", climb.Identity, StringComparison.Ordinal);
    }

    private static VotingDefence Vote => new(5, Policy, [.. Models.Select(model => (Func<Tensor, Tensor>)model.Scores)]);
}
