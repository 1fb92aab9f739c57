using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Tests.Inference.Speculation;

public sealed class SpeculationOptionsTests
{
    [Fact]
    public void Options_out_of_range_are_all_listed_in_one_error()
    {
        var options = new SpeculationOptions { DraftTokens = 65, ShortestMatch = 5, StopBelow = double.NaN, Costs = new SpeculationCosts([1, -1], double.NaN) };
        var error = Assert.Throws<NestorException>(options.Validate);
        foreach (var problem in new[] { "nothing drafts", "to draft are 65", "5 to 4", "probability of NaN", "2 costs for 0", "-1" })
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing drafts", Assert.Throws<NestorException>(new GenerationOptions { Speculation = options }.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_drafts_by_itself_is_enough()
    {
        new SpeculationOptions { PromptLookup = true }.Validate();
        new SpeculationOptions { Drafts = [WidthPlan.Uniform(9, 3)] }.Validate();
    }

    [Fact]
    public void Plans_that_do_not_draft_for_each_other_are_refused()
    {
        var config = RandomModel.Small;
        void Refused(string told, WidthPlan decides, params WidthPlan[] drafts)
        {
            var error = Assert.Throws<NestorException>(() => new SpeculationOptions { Drafts = drafts }.Validate(config, decides));
            Assert.Contains(told, error.Message, StringComparison.Ordinal);
        }

        Refused("layers", config.FullWidths, WidthPlan.Uniform(9, 2));
        Refused("wants 73", config.FullWidths, WidthPlan.Uniform(73, 3));
        Refused("M cannot draft for S", WidthPlan.Uniform(9, 3), WidthPlan.Uniform(18, 3));
        Refused("M cannot draft for S", config.FullWidths, WidthPlan.Uniform(18, 3), WidthPlan.Uniform(9, 3));
        Refused("narrower in some layer", new WidthPlan(72, 8, 72), WidthPlan.Uniform(9, 3));
        new SpeculationOptions { Drafts = [new WidthPlan(9, 20, 9), new WidthPlan(9, 20, 9)] }.Validate(config, new WidthPlan(9, 72, 9));
    }

    [Fact]
    public void A_draft_model_is_the_same_model_or_refused()
    {
        var config = RandomModel.Small;
        Refused(config with { VocabularySize = config.VocabularySize + 1 });
        Refused(config with { ContextLength = config.ContextLength + 1 });
        Refused(config with { FullWidths = WidthPlan.Uniform(72, config.Layers + 1) });
        Refused(config with { HeadSize = 2 * config.HeadSize });

        void Refused(ModelConfig other)
        {
            using var model = new RandomModel(other);
            var options = new SpeculationOptions { Drafts = [WidthPlan.Uniform(9, 3)], DraftModel = Decoder.Load(model.Checkpoint) };
            Assert.Contains("not the model it drafts for", Assert.Throws<NestorException>(() => options.Validate(config, config.FullWidths)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_slice_in_other_weights_drafts_at_the_plans_that_it_has()
    {
        using var model = new RandomModel(RandomModel.Small with { FullWidths = WidthPlan.Uniform(18, 3), Granularities = [] });
        var options = new SpeculationOptions { DraftModel = Decoder.Load(model.Checkpoint, new DecoderOptions { Weights = WeightType.Q4 }) };
        void Validate(int width)
        {
            var drafting = options with { Drafts = [WidthPlan.Uniform(width, 3)] };
            drafting.Validate();
            drafting.Validate(RandomModel.Small, RandomModel.Small.FullWidths);
        }

        Validate(18);
        Assert.Throws<NestorException>(() => Validate(36));
        Assert.Contains("no draft plan for it", Assert.Throws<NestorException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
