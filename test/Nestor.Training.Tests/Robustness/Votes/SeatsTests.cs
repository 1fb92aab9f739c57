using CsCheck;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Votes;

public sealed class SeatsTests
{
    private static readonly Threat Threat = new(Norm.Infinity, 0.1);

    /// <summary>Rows, seats and votes that are left open are bookkeeping: what comes out is the plain calculation, row by row.</summary>
    [Fact]
    public void Attacking_many_coalitions_at_once_is_attacking_each_by_itself() =>
        Gen.Select(VotePolicies.UpTo(5).Where(committee => committee.Members > 1), Gen.Int[1, 9999]).Sample((committee, seed) =>
        {
            TorchRuntime.EnsureLoaded();
            using var scope = NewDisposeScope();
            LinearModel[] models = [.. Enumerable.Range(seed, committee.Members).Select(model => new LinearModel(classes: 4, side: 2, model))];
            var defence = new VotingDefence(4, committee.Policy, [.. models.Select(model => (Func<Tensor, Tensor>)model.Scores)]);
            using var random = new Generator((ulong)seed, CPU);
            var (images, labels) = (rand([7, 1, 2, 2], generator: random), randint(4, [7], generator: random));
            foreach (var alike in Coalitions.Of(committee.Policy, committee.Members).GroupBy(coalition => (coalition.Agreeing.Length, coalition.Wrong.Length)))
            {
                Coalition[] coalitions = [.. alike];
                using var attacked = new AttackCase(defence, images, labels, Threat, random);
                attacked.FanOut(coalitions);
                var points = rand([7 * coalitions.Length, 1, 2, 2], generator: random);
                var loss = new ClampedRatioLoss { Agreeing = alike.Key.Item1 };
                var found = attacked.Evaluate(points, loss);
                for (var way = 0; way < coalitions.Length; way++)
                {
                    var part = points.narrow(0, 7 * way, 7).detach().requires_grad_();
                    var plain = loss.Of([.. coalitions[way].Members.Select(member => models[member].Scores(part))], labels, targets: null);
                    var gradient = autograd.grad([plain.sum()], [part])[0];
                    Assert.True((found.Loss.narrow(0, 7 * way, 7) - plain).abs().max().item<float>() < 1e-5);

                    // Where three scores are almost equal a ratio is steep, and a float has no digits left for the bound.
                    var slope = gradient.abs().amax([1, 2, 3]);
                    var difference = (found.Gradient.narrow(0, 7 * way, 7) - gradient).abs().amax([1, 2, 3]);
                    Assert.True(difference[slope.lt(100)].lt(1e-4).all().item<bool>());
                    Assert.Equal(defence.IsCorrect(defence.Logits(part), labels).data<bool>().ToArray(), found.Correct.narrow(0, 7 * way, 7).data<bool>().ToArray());
                }

                Assert.Equal(7 * coalitions.Length * coalitions[0].Members.Length, attacked.Cost.Gradients);
                Assert.InRange(attacked.Cost.Queries, 0, 7 * coalitions.Length * (committee.Members - coalitions[0].Members.Length));
            }
        }, iter: 40);

    [Fact]
    public void Members_whose_votes_cannot_matter_are_not_asked()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var random = new Generator(1, CPU);
        var sure = tensor(new float[] { 3, 2, 1 });
        var defence = new VotingDefence(3, new AbsoluteMajority(), [.. Enumerable.Repeat((Func<Tensor, Tensor>)(images => sure.expand(images.shape[0], 3) + images.sum([1, 2, 3]).unsqueeze(1)), 3)]);
        using var attacked = new AttackCase(defence, rand([5, 1, 2, 2]), zeros(5, dtype: ScalarType.Int64), Threat, random);
        attacked.FanOut(Coalitions.Of(new AbsoluteMajority(), 3));
        var point = attacked.Evaluate(attacked.Origin, new MemberSumLoss());
        Assert.True(point.Correct.all().item<bool>());
        Assert.Equal(new AttackCost(Gradients: 5 * 3 * 2, Queries: 0), attacked.Cost);
    }

    [Fact]
    public void One_success_ends_every_row_of_its_image()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var random = new Generator(1, CPU);
        var model = new LinearModel(classes: 4, side: 2, seed: 1);
        var (images, labels) = model.Data(4, seed: 2);
        var defence = new VotingDefence(4, new AbsoluteMajority(), [model.Scores, model.Scores, model.Scores]);
        using var attacked = new AttackCase(defence, images, labels, Threat, random);
        attacked.FanOut(Coalitions.Of(new AbsoluteMajority(), 3));
        Assert.Equal(12, attacked.Survivors);
        var points = rand([12, 1, 2, 2]);
        bool[] correct = [true, true, true, true, true, false, true, true, true, false, true, false];
        var kept = attacked.SetAside(tensor(correct), points)!;
        Assert.Equal([0, 2, 4, 6, 8, 10], kept.data<long>().ToArray());
        attacked.Gather();
        Assert.Equal([0, 2], attacked.Places.data<long>().ToArray());
        Assert.Equal([false, true, false, true], attacked.Broken.data<bool>().ToArray());
        Assert.Equal(points[5].data<float>().ToArray(), attacked.Images[1].data<float>().ToArray());
        Assert.Equal(points[11].data<float>().ToArray(), attacked.Images[3].data<float>().ToArray());
    }
}
