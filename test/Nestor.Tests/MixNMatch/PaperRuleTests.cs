using CsCheck;
using Nestor.MixNMatch;
using Nestor.Models;

namespace Nestor.Tests.MixNMatch;

public sealed class PaperRuleTests
{
    private static readonly ModelConfig Matlm850 = ModelPresets.Get("matlm-850m");

    [Fact]
    public void The_850M_model_has_the_49_plans_of_neighbours_that_widen_with_depth()
    {
        var plans = PaperRule.Plans(new WidthChoices(Matlm850));
        Assert.Equal(3 * 16 + 1, plans.Count);
        string[] some = ["S", "S*15,M", "S*8,M*8", "M", "M*15,L", "L", "L*3,XL*13", "XL"];
        Assert.Subset(plans.Select(plan => WidthPlanText.Print(plan, Matlm850.Granularities)).ToHashSet(), some.ToHashSet());
    }

    [Fact]
    public void Widths_never_fall_with_depth_and_are_neighbours() =>
        Problems.Configs.Where(config => config.FullWidths.IsUniform).Sample(config =>
        {
            var widths = config.Granularities.Select(g => g.Width).ToList();
            Assert.All(PaperRule.Plans(new WidthChoices(config)), plan =>
            {
                var used = plan.AsSpan().ToArray();
                Assert.Equal(used.Order(), used);
                var places = used.Distinct().Select(width => widths.IndexOf(width)).ToList();
                Assert.True(places is [_] || (places is [var narrow, var wide] && wide == narrow + 1));
            });
        });

    [Fact]
    public void A_layer_takes_what_it_holds_of_a_granularity() =>
        Problems.Configs.Sample(config => Assert.All(PaperRule.Plans(new WidthChoices(config)), plan => Assert.True(plan.FitsIn(config.FullWidths))));

    [Fact]
    public void Each_plan_is_wider_than_the_one_before_from_the_smallest_to_the_whole() =>
        Problems.Choices.Sample(choices =>
        {
            var plans = PaperRule.Plans(choices);
            Assert.Equal(choices.Narrowest, plans[0]);
            Assert.Equal(choices.Widest, plans[^1]);
            Assert.All(plans.Zip(plans.Skip(1)), pair => Assert.True(pair.First.FitsIn(pair.Second) && !pair.First.Equals(pair.Second)));
        });

    [Fact]
    public void It_takes_the_largest_plan_within_the_budget() =>
        Gen.Select(Problems.Configs, Gen.Double[0, 1]).Sample((config, share) =>
        {
            var limit = Problems.Limit(LayerSum.Of(new WidthChoices(config), plan => ParameterCount.Of(config, plan).Total), share);
            var plan = PaperRule.Select(limit);
            Assert.True(limit.Costs.Of(plan) <= limit.Most);
            Assert.DoesNotContain(PaperRule.Plans(limit.Choices), other => limit.Costs.Of(other) <= limit.Most && limit.Costs.Of(other) > limit.Costs.Of(plan));
        });

    [Theory]
    [InlineData(PlanShape.Increasing, "M*3,L*3")]
    [InlineData(PlanShape.Decreasing, "L*3,M*3")]
    [InlineData(PlanShape.V, "L,M*3,L*2")]
    [InlineData(PlanShape.Hill, "M*2,L*3,M")]
    public void A_shape_arranges_the_same_widths(PlanShape shape, string expected)
    {
        var config = ModelPresets.Get("micro");
        Assert.Equal(expected, WidthPlanText.Print(PlanShapes.Plan(shape, 128, 3, 256, 3), config.Granularities));
    }
}
