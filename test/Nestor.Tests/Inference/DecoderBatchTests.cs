using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Network;
using Nestor.Models;

namespace Nestor.Tests.Inference;

/// <summary>Sequences in one batch, each at its own plan, are what each is alone.</summary>
public sealed class DecoderBatchTests
{
    private static readonly Gen<WidthPlan> Plans = Gen.Int[1, 72].Array[3].Select(widths => new WidthPlan(widths));

    [Fact]
    public void A_sequence_in_a_batch_gets_the_scores_it_gets_alone_bit_for_bit()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var sequences = Gen.Select(Plans, Gen.Int[0, 70], Gen.Int[1, 40], Gen.Int[0, 2]).Array[1, 6];
        sequences.Sample(batch =>
        {
            var caches = batch.Select((s, i) => Begun(decoder, s.Item2, i)).ToArray();
            var logits = batch.Select(s => new float[s.Item4 switch { 0 => 0, 1 => 1, _ => s.Item3 } * decoder.Config.VocabularySize]).ToArray();
            decoder.Forward([.. batch.Select((s, i) => new SequenceTokens(caches[i], RandomModel.Tokens(s.Item3, seed: 50 + i), s.Item1, logits[i]))]);
            for (var i = 0; i < batch.Length; i++)
            {
                var (plan, before, count, wanted) = batch[i];
                Assert.Equal(before + count, caches[i].Length);
                var all = new float[count * decoder.Config.VocabularySize];
                decoder.ForwardAll(RandomModel.Tokens(count, seed: 50 + i), Begun(decoder, before, i), plan, all);
                Assert.Equal(wanted == 1 ? all[^decoder.Config.VocabularySize..] : wanted == 0 ? [] : all, logits[i]);
                Assert.Equal(After(decoder, Begun(decoder, before + count, i, count, plan)), After(decoder, caches[i]));
            }
        }, iter: 20);
    }

    [Fact]
    public void The_fast_kernels_give_the_bits_of_the_plain_ones()
    {
        foreach (var type in Enum.GetValues<WeightType>())
        {
            using var model = new RandomModel(RandomModel.Small);
            var options = new DecoderOptions { Weights = type };
            Decoder fast = Decoder.Load(model.Checkpoint, options), plain = Decoder.Load(model.Checkpoint, options, KernelChoice.Plain);
            foreach (var plan in new[] { model.Config.FullWidths, new WidthPlan(9, 40, 71) })
                Assert.Equal(RandomModel.All(plain, RandomModel.Tokens(70), plan), RandomModel.All(fast, RandomModel.Tokens(70), plan));
        }
    }

    [Fact]
    public void A_text_longer_than_a_block_equals_its_parts_bit_for_bit()
    {
        using var model = new RandomModel(RandomModel.Small with { ContextLength = 1400 });
        var decoder = Decoder.Load(model.Checkpoint);
        var tokens = RandomModel.Tokens(1300);
        var all = RandomModel.All(decoder, tokens, model.Config.FullWidths);
        var cache = new KvCache(decoder.Config);
        foreach (var part in tokens.Chunk(100))
        {
            var last = decoder.Forward(part, cache, model.Config.FullWidths);
            Assert.Equal(all[((cache.Length - 1) * 53)..(cache.Length * 53)], last);
        }
    }

    [Fact]
    public void A_batch_that_is_refused_changes_no_cache()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var plan = model.Config.FullWidths;
        KvCache good = Begun(decoder, 3, 1), full = Begun(decoder, 150, 2);
        Assert.Throws<NestorException>(() => decoder.Forward([Tokens(good, 1), Tokens(good, 53)]));
        Assert.Throws<NestorException>(() => decoder.Forward([Tokens(good, 1), Tokens(full, 1)]));
        Assert.Throws<ArgumentException>(() => decoder.Forward([Tokens(good, 1), Tokens(good, 2)]));
        Assert.Throws<ArgumentException>(() => decoder.Forward([Tokens(good, 1), new SequenceTokens(full, Array.Empty<int>(), plan, Array.Empty<float>())]));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Forward(ReadOnlySpan<SequenceTokens>.Empty));
        Assert.Equal((3, 150), (good.Length, full.Length));

        SequenceTokens Tokens(KvCache cache, int token) => new(cache, new[] { token }, plan, Array.Empty<float>());
    }

    /// <summary>Everything a step needs is kept from the one before.</summary>
    [Fact]
    public void Decoding_a_token_allocates_nothing()
    {
        using var model = new RandomModel(RandomModel.Small);
        foreach (var threads in new[] { 1, 2 })
        {
            var decoder = Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = threads });
            var (cache, logits) = (new KvCache(decoder.Config), new float[decoder.Config.VocabularySize]);
            decoder.Forward(RandomModel.Tokens(65), cache, model.Config.FullWidths, logits);
            Assert.Equal(0, Allocation.OfEach(() =>
            {
                for (var i = 0; i < 5; i++)
                    decoder.Forward([1], cache, model.Config.FullWidths, logits);
            }));
        }
    }

    // A cache of some tokens of a sequence, the last ones at a plan.
    private static KvCache Begun(Decoder decoder, int count, int sequence, int atPlan = 0, WidthPlan? plan = null)
    {
        var cache = new KvCache(decoder.Config);
        if (count > atPlan)
            decoder.Forward(RandomModel.Tokens(count - atPlan, seed: sequence), cache, decoder.Config.FullWidths);
        if (atPlan > 0)
            decoder.Forward(RandomModel.Tokens(atPlan, seed: 50 + sequence), cache, plan!);
        return cache;
    }

    private static float[] After(Decoder decoder, KvCache cache) => decoder.Forward([7], cache, decoder.Config.FullWidths);
}
