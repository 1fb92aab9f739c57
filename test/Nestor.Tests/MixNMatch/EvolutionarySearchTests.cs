using CsCheck;
using Nestor.MixNMatch;
using Nestor.Models;

namespace Nestor.Tests.MixNMatch;

public sealed class EvolutionarySearchTests
{
    [Fact]
    public void It_keeps_the_budget_and_its_number_of_evaluations() =>
        Gen.Select(Problems.Sums, Gen.Double[0, 1], Gen.Int[1, 40], Gen.ULong).Sample((sums, share, evaluations, seed) =>
        {
            var limit = Problems.Limit(sums.Costs, share);
            var losses = new PlanLosses(plan => limit.Costs.Of(plan) <= limit.Most ? sums.Losses.Of(plan) : throw new InvalidOperationException("A plan over the budget was measured."));
            var plan = EvolutionarySearch.Select(limit, losses, new EvolutionOptions { Evaluations = evaluations, Population = 5, Seed = seed });
            Assert.InRange(losses.Evaluations, 1, evaluations);
            Assert.Equal(losses.Plans.Min(losses.Of), losses.Of(plan));
        });

    [Fact]
    public void The_same_seed_gives_the_same_search() =>
        Gen.Select(Problems.Sums, Gen.Double[0, 1], Gen.ULong).Sample((sums, share, seed) =>
        {
            IReadOnlyList<WidthPlan> Seen()
            {
                var losses = new PlanLosses(sums.Losses.Of);
                EvolutionarySearch.Select(Problems.Limit(sums.Costs, share), losses, new EvolutionOptions { Evaluations = 25, Seed = seed });
                return losses.Plans;
            }

            Assert.Equal(Seen(), Seen());
        });

    [Fact]
    public void With_time_it_finds_the_best_plan()
    {
        var config = ModelPresets.Get("micro");
        var limit = PlanLimit.Of(config, Budget.Parse("60%"), Nestor.Inference.WeightType.F32, null);
        var random = new Random(3);
        var gains = Enumerable.Range(0, config.Layers).Select(_ => random.NextDouble()).ToList();
        double Loss(WidthPlan plan) => -Enumerable.Range(0, plan.Layers).Sum(layer => gains[layer] * Math.Log(plan[layer]));
        var found = EvolutionarySearch.Select(limit, new PlanLosses(Loss), new EvolutionOptions { Evaluations = 600 });
        Assert.Equal(Problems.All(limit.Choices).Where(plan => limit.Costs.Of(plan) <= limit.Most).Min(Loss), Loss(found), 1e-12);
    }

    [Fact]
    public void All_that_is_wrong_with_the_options_is_told_at_once() => Formats.Errors.AreOneLineWith(
        new EvolutionOptions { Evaluations = 0, Population = -1, Tournament = 0 }.Validate, "evaluations is 0", "population is -1", "tournament is 0");
}
