using CsCheck;
using Nestor.MixNMatch;

namespace Nestor.Tests.MixNMatch;

public sealed class PlanProgramTests
{
    [Fact]
    public void The_programme_finds_what_listing_every_plan_finds() =>
        Gen.Select(Problems.Sums, Gen.Double[0, 1]).Sample((sums, share) =>
        {
            var limit = Problems.Limit(sums.Costs, share);
            var best = new PlanProgram(sums.Costs, sums.Losses).Best(limit.Most)[0];
            Assert.Equal(Problems.All(limit.Choices).Where(plan => sums.Costs.Of(plan) <= limit.Most).Min(sums.Losses.Of), best.Loss);
            Assert.Equal(sums.Losses.Of(best.Plan), best.Loss);
            Assert.Equal(sums.Costs.Of(best.Plan), best.Cost);
        });

    [Fact]
    public void A_deep_programme_finds_as_many_of_the_best_plans() =>
        Gen.Select(Problems.Sums, Gen.Double[0, 1], Gen.Int[1, 6]).Sample((sums, share, count) =>
        {
            var limit = Problems.Limit(sums.Costs, share);
            var best = new PlanProgram(sums.Costs, sums.Losses, depth: count).Best(limit.Most, count);
            var listed = Problems.All(limit.Choices).Where(plan => sums.Costs.Of(plan) <= limit.Most).Select(sums.Losses.Of).Order().Take(count);
            Assert.Equal(listed, best.Select(point => point.Loss));
            Assert.Distinct(best.Select(point => point.Plan));
        });

    [Fact]
    public void No_proposed_plan_exceeds_the_budget() =>
        Gen.Select(Problems.Sums, Gen.Double[0, 1]).Sample((sums, share) =>
        {
            var limit = Problems.Limit(sums.Costs, share);
            Assert.All(new PlanProgram(sums.Costs, sums.Losses, depth: 4).Best(limit.Most, 4), point => Assert.True(sums.Costs.Of(point.Plan) <= limit.Most));
        });

    [Fact]
    public void More_budget_is_never_worse() =>
        Gen.Select(Problems.Sums, Gen.Double[0, 1], Gen.Double[0, 1]).Sample((sums, one, other) =>
        {
            var program = new PlanProgram(sums.Costs, sums.Losses);
            double Best(double share) => program.Best(Problems.Limit(sums.Costs, share).Most)[0].Loss;
            Assert.True(Best(Math.Max(one, other)) <= Best(Math.Min(one, other)));
        });

    [Fact]
    public void Along_the_frontier_costs_rise_and_losses_fall() =>
        Problems.Sums.Sample(sums =>
        {
            var frontier = new PlanProgram(sums.Costs, sums.Losses, depth: 3).Frontier;
            Assert.All(frontier.Zip(frontier.Skip(1)), pair => Assert.True(pair.First.Cost < pair.Second.Cost && pair.First.Loss > pair.Second.Loss));
            Assert.Equal(Problems.All(sums.Costs.Choices).Min(sums.Losses.Of), frontier[^1].Loss);
            Assert.Equal(sums.Costs.Least, frontier[0].Cost, 1e-12);
        });

    [Fact]
    public void A_model_of_many_layers_with_times_that_all_differ_is_solved_at_once()
    {
        var choices = new Nestor.MixNMatch.WidthChoices(Nestor.Models.ModelPresets.Get("base") with { FullWidths = Nestor.Models.WidthPlan.Uniform(3072, 40) });
        var random = new Random(1);
        double[][] Parts(double sign) => [.. Enumerable.Range(0, choices.Layers).Select(layer => choices[layer].Select(width => sign * width * (1 + 0.1 * random.NextDouble())).ToArray())];
        var (costs, losses) = (new LayerSum(choices, 0, Parts(1)), new LayerSum(choices, 0, Parts(-1)));
        var limit = Problems.Limit(costs, 0.5);
        Assert.InRange(new PlanProgram(costs, losses, depth: 4).Best(limit.Most, 4)[0].Cost, 0.99 * limit.Most, limit.Most);
    }
}
