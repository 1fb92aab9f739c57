using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Models;

namespace Nestor.Tests.Inference.Measurement;

public sealed class TokenBytesTests
{
    /// <summary>Sizes of whole tiles, so that nothing is rounded up.</summary>
    private static ModelConfig Config(bool tied, int width) => Formats.RandomModel.Config(tied: tied) with
    {
        VocabularySize = 128,
        HiddenSize = 64,
        FullWidths = WidthPlan.Uniform(width, 3),
        Heads = 4,
        KeyValueHeads = 2,
        HeadSize = 32,
        Granularities = [],
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_token_reads_each_weight_once_and_the_embedding_only_as_a_head(bool tied)
    {
        var plan = WidthPlan.Uniform(64, 3);
        var attention = 3 * 64 * (128 + 64 + 64 + 128);
        var feedForward = 3 * 3 * 64 * 64;
        const int head = 128 * 64, norms = 7 * 64, keysAndValues = 2 * 3 * 2 * 32;
        Assert.Equal(4.0 * (attention + feedForward + head + norms + 10 * keysAndValues), TokenBytes.Of(Config(tied, 256), plan, WeightPacking.Of(WeightType.F32), position: 10));
        Assert.Equal(
            4.5 / 8 * (attention + feedForward) + 8.5 / 8 * head + 4.0 * (norms + 10 * keysAndValues),
            TokenBytes.Of(Config(tied, 256), plan, WeightPacking.Of(WeightType.Q4), position: 10));
    }

    [Fact]
    public void A_width_is_rounded_up_to_the_tiles_that_hold_it()
    {
        double Bytes(int width) => TokenBytes.Of(Config(tied: true, 256), WidthPlan.Uniform(width, 3), WeightPacking.Of(WeightType.BF16), position: 1);
        Assert.Equal(Bytes(64), Bytes(33));
        Assert.True(Bytes(65) > Bytes(64));
    }
}
