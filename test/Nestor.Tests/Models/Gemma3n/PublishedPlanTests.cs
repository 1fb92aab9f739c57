using CsCheck;
using Nestor.Models;
using Nestor.Models.Gemma3n;
using Nestor.Tests.Formats;

namespace Nestor.Tests.Models.Gemma3n;

public sealed class PublishedPlanTests
{
    /// <summary>E4B: what the configuration's defaults are.</summary>
    private static readonly Gemma3nShape Whole = new()
    {
        Widths = WidthPlan.Uniform(16_384, 35),
        LayerTypes = [.. Enumerable.Range(1, 35).Select(layer => layer % 5 == 0 ? "full_attention" : "sliding_attention")],
        Sparsity = [.. Enumerable.Range(0, 35).Select(layer => layer < 10 ? 0.95 : 0)],
    };

    [Fact]
    public void The_published_table_parses_and_is_the_one_in_the_code()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        Assert.SkipWhen(data is null, "Set NESTOR_DATA to the folder with gemma3n/slicing-configs.csv.");
        var file = PublishedPlanFile.Read(Path.Combine(data, "gemma3n", "slicing-configs.csv"));
        Assert.Equal(16, file.Count);
        Assert.Equal(file, PublishedPlan.All);
    }

    [Fact]
    public void The_whole_model_and_the_official_small_one_have_the_published_parameters()
    {
        Assert.Equal(3_980_491_248, Count("Main model").Effective);
        Assert.Equal(new Gemma3nParameterCount(1_905_495_648, 4_456_156_768), Count("Config for official E2B Model"));
    }

    [Theory]
    [InlineData("Main model", 3.980)]
    [InlineData("Config for official E2B Model", 1.905)]
    [InlineData("E1.96B (layer-level)", 1.956)]
    [InlineData("E2.54B (layer-level)", 2.521)]
    [InlineData("E2.69B (layer-level)", 2.672)]
    [InlineData("E2.98B (layer-level)", 2.974)]
    [InlineData("E3.18B (layer-level)", 3.175)]
    [InlineData("E3.39B (layer-level)", 3.377)]
    [InlineData("E3.59B (layer-level)", 3.578)]
    [InlineData("E3.79B (layer-level)", 3.779)]
    [InlineData("E2.49B (block-level)", 2.471)]
    [InlineData("E2.73B (block-level)", 2.722)]
    [InlineData("E2.98B (block-level)", 2.974)]
    [InlineData("E3.24B (block-level)", 3.226)]
    [InlineData("E3.49B (block-level)", 3.477)]
    [InlineData("E3.79B (block-level)", 3.729)]
    public void Published_plans_have_these_effective_parameters_in_billions(string name, double billions) =>
        Assert.Equal(billions, Count(name).Effective / 1e9, 0.0006);

    [Fact]
    public void The_official_small_model_has_the_configuration_that_Google_publishes()
    {
        var shape = PublishedPlan.Find("official E2B Model", PublishedPlan.All).Plan.Cut(Whole);
        Assert.Equal(WidthPlan.Uniform(8192, 30), shape.Widths);
        Assert.Equal(10, shape.SharedLayers);
        Assert.Equal(Enumerable.Range(0, 30).Select(layer => layer < 10 ? 0.95 : 0), shape.Sparsity);
        Assert.Equal(Enumerable.Range(1, 30).Select(layer => layer % 5 == 0 ? "full_attention" : "sliding_attention"), shape.LayerTypes);
        Assert.Equal((18, 19), (shape.Donor(20), shape.Donor(24)));
    }

    [Fact]
    public void Names_are_found_in_any_case_and_without_their_beginning()
    {
        Assert.Equal(PublishedPlan.All[12], PublishedPlan.Find("config for e2.98b (BLOCK-level)", PublishedPlan.All));
        Assert.Equal(PublishedPlan.All[12], PublishedPlan.Find(" E2.98B (block-level) ", PublishedPlan.All));
        Errors.AreOneLineWith(() => PublishedPlan.Find("E2.98B", PublishedPlan.All), "'E2.98B'", "E2.98B (layer-level)", "E3.79B (block-level)", "official E2B Model");
        Errors.AreOneLineWith(() => PublishedPlan.Find("main MODEL", [PublishedPlan.All[0], PublishedPlan.All[0]]), "2 configurations");
    }

    [Fact]
    public void Products_and_underscores_are_read_as_Python_reads_them()
    {
        Assert.Equal([16_384, 7, 0, 24], IntegerList.Parse(" [2_048 * 8, 7,0 , 2*3*4,] ", "here"));
        Assert.Empty(IntegerList.Parse("[]", "here"));
        Gen.Int[0, int.MaxValue].Array[1, 40].Sample(numbers => Assert.Equal(numbers, IntegerList.Parse($"[{string.Join(", ", numbers)}]", "here")));
    }

    [Theory]
    [InlineData("2048")]
    [InlineData("[2048")]
    [InlineData("[-1]")]
    [InlineData("[1.5]")]
    [InlineData("[1,,2]")]
    [InlineData("[2 ** 8]")]
    [InlineData("[_1]")]
    [InlineData("[1__0]")]
    [InlineData("[4096] * 30")]
    [InlineData("[65536 * 65536]")]
    [InlineData("[99999999999]")]
    [InlineData("[__import__('os')]")]
    public void What_is_no_list_of_numbers_is_refused(string text) => Errors.AreOneLineWith(() => IntegerList.Parse(text, "here"), "here", "cannot be read", "whole numbers");

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("name,widths\na,[1]", "no column 'FFN Hidden Dims'")]
    [InlineData("name,FFN Hidden Dims\na,[1, 2]", "3 fields", "quote")]
    [InlineData("name,FFN Hidden Dims\na,\"[1, 2]", "within a quoted field")]
    [InlineData("name,FFN Hidden Dims\na,[0]", "width 0", "row 2")]
    [InlineData("name,FFN Hidden Dims\na,[]", "0 widths")]
    [InlineData("name,# Layers,FFN Hidden Dims\na,3,\"[1, 2]\"", "2 widths", "says 3")]
    [InlineData("name,FFN Hidden Dims,Layers Skipped\na,[1],\"[2, 2]\"", "twice")]
    public void A_damaged_table_is_refused_with_the_reason(string table, params string[] reasons)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("t.csv"), table);
        Errors.AreOneLineWith(() => PublishedPlanFile.Read(folder.File("t.csv")), [folder.File("t.csv"), .. reasons]);
    }

    [Fact]
    public void A_table_may_be_ordered_otherwise_and_end_its_lines_as_Windows_does()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("t.csv"), "Layers Skipped,FFN Hidden Dims,remark,name\r\n\"[2, 0]\",\"[4, 2 * 4]\",\"says \"\"hello\"\", twice\",mine\r\n\r\n,[5],,other\r\n");
        Assert.Equal(
            [new PublishedPlan("mine", new Gemma3nPlan(new WidthPlan(4, 8), [0, 2])), new PublishedPlan("other", new Gemma3nPlan(new WidthPlan(5), []))],
            PublishedPlanFile.Read(folder.File("t.csv")));
    }

    private static Gemma3nParameterCount Count(string name) =>
        Gemma3nParameterCount.Of(Gemma3nTensor.All(PublishedPlan.Find(name, PublishedPlan.All).Plan.Cut(Whole)));
}
