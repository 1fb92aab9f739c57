using CsCheck;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Tests.Inference;

public sealed class DecoderTests
{
    private static readonly Gen<WidthPlan> Plans = Gen.Int[1, 72].Array[3].Select(widths => new WidthPlan(widths));

    /// <summary>Single precision through three layers: within 1e-5 of the double-precision network, for logits of order 1.</summary>
    [Theory]
    [InlineData(FeedForwardKind.SwiGlu, true)]
    [InlineData(FeedForwardKind.SwiGlu, false)]
    [InlineData(FeedForwardKind.Gelu, true)]
    [InlineData(FeedForwardKind.SquaredRelu, false)]
    public void Logits_are_those_of_the_network_written_plainly(FeedForwardKind kind, bool tied)
    {
        using var model = new RandomModel(RandomModel.Small with { FeedForward = kind, TieEmbeddings = tied });
        var tokens = RandomModel.Tokens(20);
        foreach (var plan in new[] { model.Config.FullWidths, new WidthPlan(9, 40, 71) })
        {
            var expected = new ReferenceDecoder(model.Checkpoint).Logits(tokens, plan).SelectMany(row => row).ToArray();
            var actual = RandomModel.All(Decoder.Load(model.Checkpoint), tokens, plan);
            Assert.Equal(expected.Length, actual.Length);
            Assert.InRange(expected.Max(Math.Abs), 0.5, 50);
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], actual[i], 1e-5);
        }
    }

    /// <summary>Bit for bit: no sum depends on which tokens share a block.</summary>
    [Fact]
    public void Token_by_token_equals_prefill_bit_for_bit()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        Gen.Select(Plans, Gen.Int[1, 90], Gen.Int[1, 70]).Sample((plan, count, step) =>
        {
            var tokens = RandomModel.Tokens(count, seed: count);
            var all = RandomModel.All(decoder, tokens, plan);
            var cache = new KvCache(decoder.Config);
            for (var start = 0; start < count; start += step)
            {
                var end = Math.Min(start + step, count);
                var last = decoder.Forward(tokens.AsSpan(start..end), cache, plan);
                Assert.Equal(Row(all, end - 1), last);
                Assert.Equal(end, cache.Length);
            }
        }, iter: 15);
    }

    [Fact]
    public void A_plan_in_place_equals_a_folder_extracted_at_that_plan_bit_for_bit()
    {
        foreach (var kind in Enum.GetValues<FeedForwardKind>())
        {
            using var model = new RandomModel(RandomModel.Small with { FeedForward = kind });
            var decoder = Decoder.Load(model.Checkpoint);
            var tokens = RandomModel.Tokens(70);
            Plans.Sample(plan =>
            {
                var folder = Directory.CreateTempSubdirectory("nestor-slice-").FullName;
                model.Checkpoint.Slice(plan).Save(folder);
                using (var slice = Checkpoint.Open(folder))
                    Assert.Equal(RandomModel.All(Decoder.Load(slice), tokens, plan), RandomModel.All(decoder, tokens, plan));
                Directory.Delete(folder, recursive: true);
            }, iter: 4, threads: 1);
        }
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        // Large enough that the products are really split.
        using var model = new RandomModel(RandomModel.Small with { HiddenSize = 96, FullWidths = new WidthPlan(1000, 900, 1100), Granularities = [] });
        var tokens = RandomModel.Tokens(80);
        var plan = new WidthPlan(999, 33, 1100);
        var one = RandomModel.All(Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = 1 }), tokens, plan);
        foreach (var threads in new[] { 2, 3, 8 })
            Assert.Equal(one, RandomModel.All(Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = threads }), tokens, plan));
    }

    [Fact]
    public void One_decoder_serves_several_threads_each_with_its_cache()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var expected = Enumerable.Range(1, 8).Select(w => RandomModel.All(decoder, RandomModel.Tokens(40, w), WidthPlan.Uniform(9 * w, 3))).ToArray();
        Parallel.For(0, 40, i =>
        {
            var w = i % 8 + 1;
            Assert.Equal(expected[w - 1], RandomModel.All(decoder, RandomModel.Tokens(40, w), WidthPlan.Uniform(9 * w, 3)));
        });
    }

    [Fact]
    public void Decoding_again_after_a_cut_gives_the_same_text_whatever_was_there()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var plan = model.Config.FullWidths;
        Gen.Select(Gen.Int[1, 70], Gen.Int[0, 70], Plans).Sample((kept, dropped, draft) =>
        {
            int[] tokens = RandomModel.Tokens(kept), next = RandomModel.Tokens(5, seed: 9);
            var cache = new KvCache(decoder.Config);
            decoder.Forward(tokens, cache, plan);
            if (dropped > 0)
                decoder.Forward(RandomModel.Tokens(dropped, seed: 8), cache, draft);
            cache.Truncate(kept);
            Assert.Equal(decoder.Forward([.. tokens, .. next], new KvCache(decoder.Config), plan), decoder.Forward(next, cache, plan));
        }, iter: 15);
    }

    [Fact]
    public void The_plan_may_change_from_token_to_token()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        WidthPlan wide = model.Config.FullWidths, narrow = WidthPlan.Uniform(9, 3);
        var cache = new KvCache(decoder.Config);
        decoder.Forward([1, 2, 3], cache, narrow);
        var after = decoder.Forward([4], cache, wide);

        // The first three positions keep what the narrow model wrote.
        Assert.NotEqual(decoder.Forward([1, 2, 3, 4], new KvCache(decoder.Config), wide), after);
        cache.Truncate(0);
        Assert.Equal(decoder.Forward([1, 2, 3, 4], new KvCache(decoder.Config), wide), decoder.Forward([1, 2, 3, 4], cache, wide));
    }

    /// <summary>F16 is widened exactly and F64 holds the same floats here; with BF16 activations are rounded too, to 8 bits.</summary>
    [Fact]
    public void Converted_weights_compute_what_the_same_weights_as_floats_do()
    {
        var tokens = RandomModel.Tokens(20);
        using var plain = new RandomModel(RandomModel.Small);
        var expected = RandomModel.All(Decoder.Load(plain.Checkpoint), tokens, plain.Config.FullWidths);
        using (var wide = new RandomModel(RandomModel.Small, type: TensorType.F64))
            Assert.Equal(expected, RandomModel.All(Decoder.Load(wide.Checkpoint), tokens, plain.Config.FullWidths));

        foreach (var (type, within) in new[] { (TensorType.F16, 1e-5), (TensorType.BF16, 0.05) })
        {
            using var half = new RandomModel(RandomModel.Small, type: type);
            var reference = new ReferenceDecoder(half.Checkpoint).Logits(tokens, plain.Config.FullWidths).SelectMany(row => row).ToArray();
            var actual = RandomModel.All(Decoder.Load(half.Checkpoint), tokens, plain.Config.FullWidths);
            for (var i = 0; i < actual.Length; i++)
                Assert.Equal(reference[i], actual[i], within);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(53)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void A_token_outside_the_vocabulary_is_refused_and_nothing_is_read(int token)
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var cache = new KvCache(decoder.Config);
        var error = Assert.Throws<NestorException>(() => decoder.Forward([1, token], cache, model.Config.FullWidths));
        Assert.Contains(token.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.Equal(0, cache.Length);
    }

    [Fact]
    public void A_text_longer_than_the_context_is_refused_and_nothing_is_read()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var cache = new KvCache(decoder.Config);
        decoder.Forward(RandomModel.Tokens(149), cache, model.Config.FullWidths);
        var error = Assert.Throws<NestorException>(() => decoder.Forward([1, 2], cache, model.Config.FullWidths));
        Assert.Contains("context of 150", error.Message, StringComparison.Ordinal);
        Assert.Equal(149, cache.Length);
        decoder.Forward([1], cache, model.Config.FullWidths);
        Assert.Equal(150, cache.Length);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var cache = new KvCache(decoder.Config);
        Assert.Throws<NestorException>(() => decoder.Forward([1], cache, WidthPlan.Uniform(73, 3)));
        Assert.Throws<NestorException>(() => decoder.Forward([1], cache, WidthPlan.Uniform(9, 2)));
        Assert.Throws<ArgumentException>(() => decoder.Forward([], cache, decoder.Config.FullWidths));
        Assert.Throws<ArgumentException>(() => decoder.Forward([1], cache, decoder.Config.FullWidths, new float[52]));
        Assert.Throws<ArgumentException>(() => decoder.Forward([1], new KvCache(decoder.Config with { KeyValueHeads = 3 }), decoder.Config.FullWidths));
        Assert.Throws<NestorException>(() => Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(-1));
    }

    [Fact]
    public void Packed_at_load_the_decoder_no_longer_needs_the_folder()
    {
        var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var plan = model.Config.FullWidths;
        var expected = decoder.Forward([1, 2], new KvCache(decoder.Config), plan);
        model.Dispose();
        Assert.Equal(expected, decoder.Forward([1, 2], new KvCache(decoder.Config), plan));
    }

    private static float[] Row(float[] logits, int token) => logits[(token * RandomModel.Small.VocabularySize)..((token + 1) * RandomModel.Small.VocabularySize)];
}
