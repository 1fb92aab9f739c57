using CsCheck;
using Nestor.Models;

namespace Nestor.Tests.Models;

public sealed class WidthPlanTests
{
    private static readonly ModelConfig Config = ModelPresets.Get("quickstart") with
    {
        FullWidths = WidthPlan.Uniform(1024, 8),
        Granularities = Granularity.Paper(1024),
    };

    [Theory]
    [InlineData("XL", "1024,1024,1024,1024,1024,1024,1024,1024")]
    [InlineData("xl", "1024,1024,1024,1024,1024,1024,1024,1024")]
    [InlineData("50%", "512,512,512,512,512,512,512,512")]
    [InlineData("12.5%", "128,128,128,128,128,128,128,128")]
    [InlineData("300", "300,300,300,300,300,300,300,300")]
    [InlineData("M*2,L*6", "256,256,512,512,512,512,512,512")]
    [InlineData(" S , M*3, 50%*2,\t7, XL ", "128,256,256,256,512,512,7,1024")]
    public void A_plan_reads_as_people_write_it(string text, string widths)
    {
        var expected = widths.Split(',').Select(int.Parse).ToArray();
        Assert.Equal(expected, WidthPlanText.Parse(text, Config).AsSpan().ToArray());
    }

    [Fact]
    public void Printing_and_reading_a_plan_is_identity() =>
        Gen.Int[1, 1024].Array[8].Sample(widths =>
        {
            var plan = new WidthPlan(widths);
            Assert.Equal(plan, WidthPlanText.Parse(plan.ToString(), Config));
            Assert.Equal(plan, WidthPlanText.Parse(WidthPlanText.Print(plan, Config.Granularities), Config));
        });

    [Fact]
    public void Runs_of_equal_widths_print_as_run_lengths() =>
        Assert.Equal("M*2,300,L*5", WidthPlanText.Print(new WidthPlan(256, 256, 300, 512, 512, 512, 512, 512), Config.Granularities));

    [Theory]
    [InlineData("")]
    [InlineData("XXL")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("0%")]
    [InlineData("101%")]
    [InlineData("nan%")]
    [InlineData("M*")]
    [InlineData("M*0")]
    [InlineData("M*2147483648")]
    [InlineData("M*2,L*7")]
    [InlineData("M*2,L*2000000000")]
    [InlineData("M,L")]
    [InlineData("M*8,")]
    [InlineData("2048")]
    public void What_is_not_a_plan_for_the_model_is_refused_in_one_line(string text)
    {
        var error = Assert.Throws<NestorException>(() => WidthPlanText.Parse(text, Config));
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void No_text_crashes_the_reader() =>
        Gen.String[Gen.Char["SMLX0123456789*%,. -"], 0, 24].Sample(text =>
        {
            try
            {
                Assert.Equal(Config.Layers, WidthPlanText.Parse(text, Config).Layers);
            }
            catch (NestorException)
            {
            }
        });

    [Fact]
    public void An_unknown_width_is_answered_with_the_names_the_model_has()
    {
        var error = Assert.Throws<NestorException>(() => WidthPlanText.Parse("XS", Config));
        Assert.Contains("S (128), M (256), L (512), XL (1024)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_is_of_each_layers_own_width()
    {
        var mixed = Config with { FullWidths = new WidthPlan(256, 1024, 256, 1024, 512, 512, 512, 512) };
        Assert.Equal([128, 512, 128, 512, 256, 256, 256, 256], WidthPlanText.Parse("50%", mixed).AsSpan().ToArray());
    }
}
