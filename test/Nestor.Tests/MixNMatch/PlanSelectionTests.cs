using CsCheck;
using Nestor.Inference;
using Nestor.MixNMatch;
using Nestor.Models;

namespace Nestor.Tests.MixNMatch;

public sealed class PlanSelectionTests
{
    private static readonly Gen<SelectionRule> Rules = Gen.Enum<SelectionRule>();

    [Fact]
    public void Every_rule_measures_what_it_returns_and_keeps_both_budgets() =>
        Gen.Select(Rules, Problems.Configs, Gen.Double[0, 1], Gen.Int).Sample((rule, config, share, seed) =>
        {
            var limit = Problems.Limit(LayerSum.Of(new WidthChoices(config), plan => ParameterCount.Of(config, plan).Total), share);
            var losses = new PlanLosses(Interacting(limit.Choices, seed));
            var selection = PlanSelection.Select(rule, limit, losses);
            Assert.True(selection.Cost <= limit.Most);
            Assert.Equal(losses.Known(selection.Plan), selection.Loss);
            Assert.Equal(losses.Known(limit.Choices.Widest), selection.WholeLoss);
            Assert.True(selection.Evaluations <= PlanSelection.EvaluationBudget(limit.Choices), $"{selection.Evaluations}");
            Assert.All(selection.Frontier.Zip(selection.Frontier.Skip(1)), pair => Assert.True(pair.First.Cost < pair.Second.Cost));
        });

    [Fact]
    public void Where_layers_do_not_act_on_each_other_measuring_finds_the_best_plan() =>
        Gen.Select(Problems.Sums, Gen.Double[0, 1]).Sample((sums, share) =>
        {
            var limit = Problems.Limit(sums.Costs, share);
            var selection = PlanSelection.Select(SelectionRule.Measured, limit, new PlanLosses(sums.Losses.Of));
            Assert.Equal(Problems.All(limit.Choices).Where(plan => limit.Costs.Of(plan) <= limit.Most).Min(sums.Losses.Of), selection.Loss, 1e-9);
        });

    [Fact]
    public void Measuring_is_never_worse_than_the_papers_rule_on_its_own_text() =>
        Gen.Select(Problems.Configs, Gen.Double[0, 1], Gen.Int).Sample((config, share, seed) =>
        {
            var limit = Problems.Limit(LayerSum.Of(new WidthChoices(config), plan => ParameterCount.Of(config, plan).Total), share);
            double Loss(SelectionRule rule) => PlanSelection.Select(rule, limit, new PlanLosses(Interacting(limit.Choices, seed))).Loss;
            Assert.True(Loss(SelectionRule.Measured) <= Loss(SelectionRule.Paper));
        });

    [Fact]
    public void A_real_models_loss_is_what_its_decoder_measures()
    {
        using var model = new Inference.RandomModel(Inference.RandomModel.Small);
        var loss = new DecoderLoss(Decoder.Load(model.Checkpoint), Inference.RandomModel.Tokens(120));
        var limit = PlanLimit.Of(model.Config, Budget.Parse("70%"), WeightType.F32, null);
        var selection = PlanSelection.Select(SelectionRule.Measured, limit, new PlanLosses(plan => loss.Measure(plan)));
        Assert.Equal(loss.Measure(selection.Plan), selection.Loss);
        Assert.InRange(selection.Evaluations, limit.Choices.Narrowings + 2, PlanSelection.EvaluationBudget(limit.Choices));
        Assert.Equal(selection.Plan, WidthPlanText.Parse(WidthPlanText.Print(selection.Plan, model.Config.Granularities), model.Config));
    }

    [Fact]
    public void A_loss_that_is_not_a_number_is_an_error() =>
        Formats.Errors.AreOneLineWith(() => new PlanLosses(_ => double.NaN).Of(new WidthPlan(3, 4)), "NaN", "3,4");

    [Fact]
    public void The_increments_predict_plans_that_narrow_one_layer_exactly() =>
        Gen.Select(Problems.Choices, Gen.Int).Sample((choices, seed) =>
        {
            var losses = new PlanLosses(Interacting(choices, seed));
            var prediction = LossIncrements.Measure(choices, losses);
            Assert.Equal(choices.Narrowings + 1, losses.Evaluations);
            Assert.All(losses.Plans, plan => Assert.Equal(losses.Of(plan), prediction.Of(plan), 1e-12));
        });

    /// <summary>Losses in which layers act on each other.</summary>
    private static Func<WidthPlan, double> Interacting(WidthChoices choices, int seed) => plan =>
    {
        var loss = 3.0;
        for (var layer = 0; layer < plan.Layers; layer++)
        {
            var missing = 1 - (double)plan[layer] / choices.Widest[layer];
            var before = layer == 0 ? 0 : 1 - (double)plan[layer - 1] / choices.Widest[layer - 1];
            loss += missing * (0.1 + new Random(seed + layer).NextDouble()) + 0.5 * missing * before;
        }

        return loss;
    };
}
