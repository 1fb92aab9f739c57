using Nestor.Inference;
using Nestor.Models;
using Nestor.Models.Families;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Tests.Data;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Nested;

public sealed class MatLmTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(FeedForwardKind.SwiGlu, true, 2)]
    [InlineData(FeedForwardKind.SwiGlu, false, 4)]
    [InlineData(FeedForwardKind.Gelu, true, 1)]
    [InlineData(FeedForwardKind.SquaredRelu, false, 2)]
    public void The_decoder_without_native_code_gives_the_same_logits_at_every_plan(FeedForwardKind kind, bool tied, int keyValueHeads)
    {
        using var model = Model(Shapes.Small with { FeedForward = kind, TieEmbeddings = tied, KeyValueHeads = keyValueHeads });
        model.Save(folder.Path("model"), tokenizer: null);
        using var checkpoint = Checkpoint.Open(folder.Path("model"));
        var decoder = Decoder.Load(checkpoint);
        foreach (var plan in Plans)
        {
            var expected = Logits(model, plan);
            var actual = new float[expected.Length];
            decoder.ForwardAll(Tokens, new KvCache(decoder.Config), plan, actual);
            AssertWithin(1e-4f, expected, actual);
        }
    }

    [Fact]
    public void An_extracted_slice_gives_the_logits_of_its_plan_inside_the_whole_model()
    {
        using var model = Model(Shapes.Small);
        model.Save(folder.Path("model"), tokenizer: null);
        using var checkpoint = Checkpoint.Open(folder.Path("model"));
        foreach (var (plan, i) in Plans.Select((plan, i) => (plan, i)))
        {
            checkpoint.Slice(plan).Save(folder.Path($"slice{i}"));
            using var slice = Checkpoint.Open(folder.Path($"slice{i}"));
            using var extracted = MatLm.Load(slice);
            AssertWithin(1e-5f, Logits(model, plan), Logits(extracted, extracted.Config.FullWidths));
        }
    }

    [Fact]
    public void Attention_that_is_not_Llamas_own_is_refused()
    {
        foreach (var config in new[]
        {
            Shapes.Small with { Family = ModelFamily.Qwen2 },
            Shapes.Small with { Family = ModelFamily.Qwen3 },
            Shapes.Small with { Family = ModelFamily.Mistral, SlidingWindow = 8 },
            Shapes.Small with { RopeScaling = new RopeScaling(8, 1, 4, 16) },
        })
        {
            var error = Assert.Throws<NestorException>(() => MatLm.Create(config, 1));
            Assert.Contains($"family {config.Family}", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(error.Message, char.IsControl);
        }

        MatLm.Create(Shapes.Small with { Family = ModelFamily.Mistral }, 1).Dispose();
    }

    [Fact]
    public void Saving_and_loading_is_identity()
    {
        using var model = Model(Shapes.Small);
        model.Save(folder.Path("model"), tokenizer: null);
        using var checkpoint = Checkpoint.Open(folder.Path("model"));
        using var loaded = MatLm.Load(checkpoint);
        Assert.Equal(model.Config, loaded.Config);
        foreach (var (saved, read) in model.Parameters.Zip(loaded.Parameters))
        {
            Assert.Equal(saved.Name, read.Name);
            Assert.True(saved.Weight.equal(read.Weight).all().item<bool>());
        }
    }

    [Fact]
    public void A_position_never_sees_the_future()
    {
        using var model = Model(Shapes.Small);
        var changed = Tokens.ToArray();
        changed[^1] = (changed[^1] + 1) % model.Config.VocabularySize;
        var vocabulary = model.Config.VocabularySize;
        var before = Logits(model, Plans[0]);
        var after = Logits(model, Plans[0], changed);
        Assert.Equal(before[..^vocabulary], after[..^vocabulary]);
        Assert.NotEqual(before[^vocabulary..], after[^vocabulary..]);
    }

    [Fact]
    public void Fused_and_plain_attention_agree()
    {
        // 512 tokens take the plain path, 513 libtorch's fused one; the last prediction of 513 without its first token is that of 512.
        using var model = Model(Shapes.Small with { ContextLength = 600, FullWidths = WidthPlan.Uniform(8, 1), Granularities = [] });
        var tokens = Enumerable.Range(0, 513).Select(i => i * 7 % model.Config.VocabularySize).ToArray();
        var shorter = Logits(model, model.Config.FullWidths, tokens[..512]);
        var longer = Logits(model, model.Config.FullWidths, tokens);
        AssertWithin(1e-4f, shorter, longer[..shorter.Length]);
    }

    [Fact]
    public void The_loss_is_the_cross_entropy_of_the_logits()
    {
        using var model = Model(Shapes.Small);
        using var scope = NewDisposeScope();
        var tokens = tensor(Tokens.Select(token => (long)token).ToArray(), 1, Tokens.Length);
        var targets = tokens.roll(1, 1);
        var logits = model.Forward(tokens, Plans[0]).flatten(0, 1);
        var expected = nn.functional.cross_entropy(logits, targets.flatten()).item<float>();
        Assert.Equal(expected, model.Loss(tokens, targets, Plans[0]).item<float>(), 1e-5f);
    }

    [Fact]
    public void A_new_model_knows_nothing_about_the_next_token()
    {
        using var model = Model(Shapes.Small);
        using var scope = NewDisposeScope();
        var tokens = randint(0, model.Config.VocabularySize, [8, 32], ScalarType.Int64);
        Assert.Equal(Math.Log(model.Config.VocabularySize), model.Loss(tokens, tokens.roll(1, 1), Plans[0]).item<float>(), 0.1);
    }

    [Fact]
    public void The_seed_decides_the_weights()
    {
        using var one = Model(Shapes.Small, seed: 5);
        using var same = Model(Shapes.Small, seed: 5);
        using var other = Model(Shapes.Small, seed: 6);
        Assert.Equal(Logits(one, Plans[0]), Logits(same, Plans[0]));
        Assert.NotEqual(Logits(one, Plans[0]), Logits(other, Plans[0]));
    }

    [Fact]
    public void Bfloat16_changes_the_loss_by_less_than_a_hundredth()
    {
        Assert.SkipUnless(Autocast.IsSupported, "This libtorch does not export autocast.");
        using var model = Model(Shapes.Small);
        using var scope = NewDisposeScope();
        var tokens = randint(0, model.Config.VocabularySize, [8, 32], ScalarType.Int64);
        var exact = model.Loss(tokens, tokens.roll(1, 1), Plans[0]).item<float>();
        model.UseBFloat16 = true;
        var rounded = model.Loss(tokens, tokens.roll(1, 1), Plans[0]);
        Assert.Equal(ScalarType.Float32, rounded.dtype);
        Assert.NotEqual(exact, rounded.item<float>());
        Assert.Equal(exact, rounded.item<float>(), 0.01f);
        model.UseBFloat16 = false;
        Assert.Equal(exact, model.Loss(tokens, tokens.roll(1, 1), Plans[0]).item<float>());
    }

    [Fact]
    public void Too_many_tokens_and_foreign_plans_are_refused()
    {
        using var model = Model(Shapes.Small);
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => model.Forward(zeros([1, model.Config.ContextLength + 1], ScalarType.Int64), Plans[0]));
        Assert.Throws<NestorException>(() => model.Forward(zeros([1, 4], ScalarType.Int64), WidthPlan.Uniform(65, 3)));
    }

    private static WidthPlan[] Plans { get; } =
        [WidthPlan.Uniform(64, 3), WidthPlan.Uniform(32, 3), WidthPlan.Uniform(16, 3), WidthPlan.Uniform(8, 3), new(8, 16, 64), new(64, 1, 33)];

    private static int[] Tokens { get; } = [.. Enumerable.Range(0, 40).Select(i => i * 17 % 61)];

    /// <summary>A model whose weights are large enough that every part of the network matters.</summary>
    private static MatLm Model(ModelConfig config, ulong seed = 1)
    {
        var model = MatLm.Create(config, seed);
        using var quiet = no_grad();
        foreach (var parameter in model.Parameters.Where(parameter => parameter.Neurons is not null))
            parameter.Weight.mul_(8);
        return model;
    }

    private static float[] Logits(MatLm model, WidthPlan plan, int[]? tokens = null)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var input = (tokens ?? Tokens).Select(token => (long)token).ToArray();
        return model.Forward(tensor(input, 1, input.Length), plan).data<float>().ToArray();
    }

    private static void AssertWithin(float bound, float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var worst = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= bound, $"differs by {worst}");
    }
}
