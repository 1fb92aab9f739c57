using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Tests.Models.Vision;

/// <summary>MatFormer, Tables 7 and 8: sizes of the granularities, in millions.</summary>
public sealed class VisionParameterCountTests
{
    /// <summary>What an embedding needs, cut off to whole millions, is what Table 8 prints for B/16.</summary>
    [Fact]
    public void The_papers_B16_has_the_printed_sizes() =>
        Assert.Equal([85, 57, 43, 36], Counts("vit-b16").Select(count => count.Encoder / 1_000_000));

    /// <summary>
    /// Table 8 prints 300, 200, 150 and 125 for L/16, Table 7 306, 206, 156 and 131: the first are rounded, the second 3 to 4 more than
    /// the network of 224 pixels holds, with or without a classifier of 1,000 classes. Their differences are the feed-forward neurons'.
    /// </summary>
    [Fact]
    public void Where_the_tables_disagree_about_L16_the_exact_count_stands()
    {
        long[] counts = [.. Counts("vit-l16").Select(count => count.Encoder)];
        Assert.Equal([303_301_632, 202_589_184, 152_232_960, 127_054_848], counts);
        Assert.Equal([100, 50, 25], counts.Zip(counts.Skip(1), (wide, narrow) => (wide - narrow) / 1_000_000));
    }

    [Theory]
    [InlineData("vit-nano", VisionPooling.ClassToken)]
    [InlineData("vit-micro", VisionPooling.Mean)]
    public void Counting_is_adding_up_the_tensors(string preset, VisionPooling pooling)
    {
        var config = VisionPresets.Get(preset) with { Pooling = pooling };
        foreach (var granularity in config.Granularities)
        {
            var plan = WidthPlan.Uniform(granularity.Width, config.Layers);
            var tensors = VisionTensorNames.All(config with { FullWidths = plan }).Sum(tensor => tensor.Shape.Aggregate(1L, (a, b) => a * b));
            Assert.Equal(tensors, VisionParameterCount.Of(config, plan).Total);
        }
    }

    [Fact]
    public void Every_preset_can_be_built()
    {
        foreach (var name in VisionPresets.Names)
            VisionPresets.Get(name).Validate();
        Assert.Contains("vit-b16", Assert.Throws<NestorException>(() => VisionPresets.Get("vit-huge")).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<VisionParameterCount> Counts(string preset)
    {
        var config = VisionPresets.Get(preset);
        return config.Granularities.Reverse().Select(g => VisionParameterCount.Of(config, WidthPlan.Uniform(g.Width, config.Layers)));
    }
}
