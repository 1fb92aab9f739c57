using CsCheck;
using Nestor.Models;
using Nestor.Training.Pruning;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Pruning;

/// <summary>One threshold, and what follows from it.</summary>
public sealed class WidthFrontierTests
{
    private static readonly Gen<(double[][] Scores, int Multiple)> Anything =
        Gen.Select(Gen.Double[0, 10].Array[1, 40].Array[1, 5], Gen.Int[1, 16], (scores, multiple) => (scores, multiple));

    [Fact]
    public void Plans_hold_one_another_and_end_with_the_whole_model() => Anything.Sample((given) =>
    {
        using var scope = NewDisposeScope();
        var plans = new WidthFrontier(Scores(given.Scores), given.Multiple).Plans;
        Assert.All(plans.Zip(plans.Skip(1)), pair => Assert.True(pair.First.FitsIn(pair.Second) && !pair.First.Equals(pair.Second)));
        Assert.Equal(new WidthPlan([.. given.Scores.Select(layer => layer.Length)]), plans[^1]);
        Assert.All(plans, plan => Assert.All(given.Scores.Index(), layer => Assert.True(plan[layer.Index] % given.Multiple == 0 || plan[layer.Index] == layer.Item.Length)));
    });

    [Fact]
    public void Without_rounding_a_plan_is_what_lies_above_one_threshold() => Anything.Sample(given =>
    {
        using var scope = NewDisposeScope();
        var scores = Scores(given.Scores);
        var shares = scores.Select(block => block.Values.Select(value => block.Norm > 0 ? value / block.Norm : 0).ToArray()).ToArray();
        foreach (var plan in new WidthFrontier(scores, multiple: 1).Plans)
        {
            // The narrowest neuron kept beyond a layer's first is no less important than any that went.
            var kept = shares.SelectMany((layer, i) => layer.OrderDescending().Take(plan[i]).Skip(1)).DefaultIfEmpty(double.MaxValue).Min();
            var gone = shares.SelectMany((layer, i) => layer.OrderDescending().Skip(plan[i])).DefaultIfEmpty(0).Max();
            Assert.True(kept >= gone, $"{kept} stayed and {gone} went in {plan}");
        }
    });

    [Fact]
    public void A_budget_gets_the_widest_plan_that_it_pays_for() => Gen.Select(Anything, Gen.Int[1, 200]).Sample((given, most) =>
    {
        using var scope = NewDisposeScope();
        static decimal Neurons(WidthPlan plan) => plan.AsSpan().ToArray().Sum();
        var frontier = new WidthFrontier(Scores(given.Scores), given.Multiple);
        var found = frontier.Within(Neurons, most);
        Assert.Equal(frontier.Plans.LastOrDefault(plan => Neurons(plan) <= most), found);
    });

    [Fact]
    public void Scores_of_a_layer_may_have_any_unit()
    {
        using var scope = NewDisposeScope();
        double[][] scores = [[5, 3, 1, .5], [4, 4, 2, .1]];
        double[][] scaled = [scores[0], [.. scores[1].Select(score => 1000 * score)]];
        Assert.Equal(new WidthFrontier(Scores(scores), 1).Plans, new WidthFrontier(Scores(scaled), 1).Plans);
    }

    [Fact]
    public void Norms_that_one_penalty_shrank_are_compared_across_layers_as_they_are()
    {
        using var scope = NewDisposeScope();
        var frontier = new WidthFrontier(Scores([[.9, .8, .7, .6], [.5, .001, .001, .001]]), multiple: 1, areComparable: true);
        Assert.Contains(new WidthPlan(4, 1), frontier.Plans);
    }

    [Fact]
    public void A_plan_tells_what_every_layer_loses_before_anything_is_cut()
    {
        using var scope = NewDisposeScope();
        var plan = PruningPlan.Of(new WidthPlan(2, 4), Scores([[5, 3, 1, .5], [4, 4, 2, .1]]));
        Assert.Equal(("block 0", 2, 4, 3.0, 1.0), (plan.Blocks[0].Name, plan.Blocks[0].Kept, plan.Blocks[0].Total, plan.Blocks[0].LastKept, plan.Blocks[0].FirstRemoved));
        Assert.Equal((0.0, 4L * 3), (plan.Blocks[1].FirstRemoved, plan.Blocks[1].Parameters));
        Assert.Contains("it has 4", Assert.Throws<NestorException>(() => PruningPlan.Of(new WidthPlan(5, 4), Scores([[5, 3, 1, .5], [4, 4, 2, .1]]))).Message, StringComparison.Ordinal);
    }

    private static List<UnitScores> Scores(double[][] scores) =>
        [.. scores.Select((layer, i) => new UnitScores(new UnitGroups($"block {i}", GroupKind.FeedForwardNeuron, i, layer.Length, [new(zeros(layer.Length, 3), 0)]), layer))];
}
