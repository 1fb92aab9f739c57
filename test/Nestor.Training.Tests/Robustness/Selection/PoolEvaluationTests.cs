using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Selection;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Selection;

public sealed class PoolEvaluationTests
{
    [Fact]
    public void What_pairs_show_is_what_the_full_attack_on_the_committee_finds()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var threat = new Threat(Norm.Infinity, 0.01);
        var models = Enumerable.Range(1, 3).Select(seed => new LinearModel(classes: 5, side: 4, seed)).ToArray();
        var (images, labels) = models[0].Data(60, seed: 2);
        var evaluation = new PoolEvaluation(5, [.. models.Select((model, i) => ($"model {i}", (Func<Tensor, Tensor>)model.Scores))], images, labels, threat, steps: 40);

        var alone = evaluation.Alone();
        var exact = models[0].IsRobust(images, labels, threat);
        Assert.Equal(exact.Count(robust => robust), alone[0].Robust.Count);
        Assert.Equal(60, alone[0].Right.Count);

        var failures = evaluation.Together(3);
        var vote = new VotingDefence(5, new AbsoluteMajority(), [.. models.Select(model => (Func<Tensor, Tensor>)model.Scores)]);
        using var result = AutoAttack.Evaluate(vote, images, labels, threat, VoteAttack.Standard(3, steps: 40, queries: 20));
        Assert.Equal(result.RobustAccuracy, failures.RobustAccuracy([0, 1, 2]), 0.04);
    }
}
