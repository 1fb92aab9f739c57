using CsCheck;
using Microsoft.Extensions.AI;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Retrieval;
using Nestor.Retrieval.Embeddings;
using Nestor.Tests.Chat;
using Nestor.Tests.Formats;
using Nestor.Tests.Inference;
using RandomModel = Nestor.Tests.Inference.RandomModel;

namespace Nestor.Tests.Retrieval;

public sealed class TextEmbeddingTests
{
    private static readonly Gen<WidthPlan> Plans = Gen.Int[1, 72].Array[3].Select(widths => new WidthPlan(widths));

    /// <summary>Single precision through three layers: within 1e-5 of the double-precision network, for numbers of order 1.</summary>
    [Fact]
    public void An_embedding_is_the_mean_of_the_final_vectors()
    {
        using var model = new RandomModel(RandomModel.Small);
        var tokens = RandomModel.Tokens(20);
        foreach (var plan in new[] { model.Config.FullWidths, new WidthPlan(9, 40, 71) })
        {
            var expected = new ReferenceDecoder(model.Checkpoint).Hidden(tokens, plan);
            var actual = Embed(Decoder.Load(model.Checkpoint), tokens, plan);
            for (var i = 0; i < actual.Length; i++)
                Assert.Equal(expected.Average(vector => vector[i]), actual[i], 1e-5);
        }
    }

    [Fact]
    public void Threads_and_what_was_read_before_change_no_bit()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoders = new[] { 1, 2, 3 }.Select(threads => Decoder.Load(model.Checkpoint, new DecoderOptions { Threads = threads })).ToList();
        Gen.Select(Plans, Gen.Int[1, 400]).Sample((plan, count) =>
        {
            var tokens = RandomModel.Tokens(count, seed: count);
            Assert.Single(decoders.Select(decoder => string.Join(' ', Embed(decoder, tokens, plan))).Distinct());
        }, iter: 10);
    }

    [Fact]
    public void A_plan_in_place_and_a_slice_embed_alike_in_one_space()
    {
        using var model = new RandomModel(RandomModel.Small);
        using var folder = new TemporaryFolder();
        var plan = new WidthPlan(9, 40, 71);
        model.Checkpoint.Slice(plan).Save(folder.Path);
        using var slice = Checkpoint.Open(folder.Path);
        var tokens = RandomModel.Tokens(30);
        Assert.Equal(Embed(Decoder.Load(model.Checkpoint), tokens, plan), Embed(Decoder.Load(slice), tokens, plan));
        Assert.Equal(EmbeddingSpace.Of(model.Checkpoint), EmbeddingSpace.Of(slice));
        using var other = new RandomModel(RandomModel.Small, seed: 2);
        Assert.NotEqual(EmbeddingSpace.Of(model.Checkpoint), EmbeddingSpace.Of(other.Checkpoint));
    }

    /// <summary>Within rounding: windows are weighed by their tokens.</summary>
    [Fact]
    public void A_text_longer_than_the_context_is_read_in_windows()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        var (plan, context) = (model.Config.FullWidths, model.Config.ContextLength);
        var tokens = RandomModel.Tokens(2 * context + 7);
        var windows = tokens.Chunk(context).Select(window => (window.Length, Vector: Embed(decoder, window, plan))).ToList();
        var whole = Embed(decoder, tokens, plan);
        for (var i = 0; i < whole.Length; i++)
            Assert.Equal(windows.Sum(window => (double)window.Length * window.Vector[i]) / tokens.Length, whole[i], 1e-6);
    }

    [Fact]
    public void What_cannot_be_embedded_is_told()
    {
        using var model = new RandomModel(RandomModel.Small);
        var decoder = Decoder.Load(model.Checkpoint);
        Errors.AreOneLineWith(() => Embed(decoder, [53], model.Config.FullWidths), "token 53");
        Errors.AreOneLineWith(() => Embed(decoder, [1], new WidthPlan(73, 1, 1)), "73");
        Assert.Throws<ArgumentException>(() => Embed(decoder, [], model.Config.FullWidths));
        Assert.Throws<ArgumentException>(() => decoder.Embed([1], model.Config.FullWidths, new float[35]));
    }

    [Fact]
    public async Task Any_vector_store_can_ask_for_embeddings_of_a_width()
    {
        using var model = new ChatModel();
        var cancellation = TestContext.Current.CancellationToken;
        using IEmbeddingGenerator<string, Embedding<float>> generator = new TextEmbeddingGenerator(model.Checkpoint);
        var name = generator.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelId!;
        Assert.Equal(model.Config.HiddenSize, generator.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelDimensions);
        string[] texts = ["the cat", "the dog sat"];
        var whole = await generator.GenerateAsync(texts, cancellationToken: cancellation);
        var half = await generator.GenerateAsync(texts, new EmbeddingGenerationOptions { ModelId = name + "@50%" }, cancellation);
        var same = await generator.GenerateAsync(texts, new EmbeddingGenerationOptions { AdditionalProperties = new() { ["width"] = "50%" } }, cancellation);

        var decoder = Decoder.Load(model.Checkpoint);
        for (var i = 0; i < texts.Length; i++)
        {
            var tokens = model.Tokenizer.Encode(texts[i]);
            Assert.Equal(Embed(decoder, tokens, model.Config.FullWidths), whole[i].Vector.ToArray());
            Assert.Equal(Embed(decoder, tokens, WidthPlanText.Parse("50%", model.Config)), half[i].Vector.ToArray());
            Assert.Equal(half[i].Vector.ToArray(), same[i].Vector.ToArray());
        }

        Assert.Equal(name, whole[0].ModelId);
        Assert.StartsWith(name + "@", half[0].ModelId, StringComparison.Ordinal);
        Errors.AreOneLineWith(() => generator.GenerateAsync(["", "x"], cancellationToken: cancellation).GetAwaiter().GetResult(), "text 1 of 2 is empty");
        Errors.AreOneLineWith(() => generator.GenerateAsync(texts, new EmbeddingGenerationOptions { Dimensions = 3 }, cancellation), "3 dimensions", "36");
        Errors.AreOneLineWith(() => generator.GenerateAsync(texts, new EmbeddingGenerationOptions { ModelId = "other" }, cancellation), "'other'");
    }

    private static float[] Embed(Decoder decoder, ReadOnlySpan<int> tokens, WidthPlan plan)
    {
        var embedding = new float[decoder.Config.HiddenSize];
        decoder.Embed(tokens, plan, embedding);
        return embedding;
    }
}
