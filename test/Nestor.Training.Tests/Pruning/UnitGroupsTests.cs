using CsCheck;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;
using Nestor.Training.Tests.Vision;
using Nestor.Training.Vision;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Pruning;

/// <summary>What belongs together.</summary>
public sealed class UnitGroupsTests
{
    [Fact]
    public void A_norm_is_that_of_all_weights_of_a_unit() => Gen.Select(Gen.Int[1, 5], Gen.Int[1, 4], Gen.Int[1, 3]).Sample((count, others, span) =>
    {
        using var scope = NewDisposeScope();
        var (rows, columns, vector, picture) = (new Parameter(randn(count * span, others)), new Parameter(randn(others, count)), new Parameter(randn(count)), new Parameter(randn(count, others, 2, 2)));
        var groups = new UnitGroups("block", GroupKind.FeedForwardNeuron, 0, count, [new(rows, 0), new(columns, 1), new(vector, 0), new(picture, 0), new(new Parameter(randn(count)), 0, IsPenalised: false)]);
        Assert.Equal(span * others + others + 1 + 4 * others, groups.Size);
        var norms = groups.NormValues();
        for (var unit = 0; unit < count; unit++)
        {
            var parts = new[] { rows.narrow(0, unit * span, span), columns.narrow(1, unit, 1), vector.narrow(0, unit, 1), picture.narrow(0, unit, 1) };
            Assert.Equal(Math.Sqrt(parts.Sum(part => part.square().sum().item<float>())), norms[unit], 1e-4);
        }
    });

    [Theory]
    [InlineData(FeedForwardKind.SwiGlu)]
    [InlineData(FeedForwardKind.Gelu)]
    [InlineData(FeedForwardKind.SquaredRelu)]
    public void A_language_model_without_a_unit_computes_the_same_as_with_its_weights_at_zero(FeedForwardKind kind)
    {
        using var scope = NewDisposeScope();
        using var model = MatLm.Create(Shapes.Small with { FeedForward = kind }, 3);
        var tokens = randint(0, 61, [2, 9], dtype: ScalarType.Int64);
        var plan = model.Config.FullWidths;
        foreach (var groups in model.Groups)
        {
            var before = model.Forward(tokens, plan);
            groups.Scale(cat([zeros(1), ones(groups.Count - 1)]));
            Assert.False(allclose(before, model.Forward(tokens, plan), rtol: 0, atol: 1e-7));
            Assert.Equal(0, groups.NormValues()[0]);
            Assert.All(groups.NormValues()[1..], norm => Assert.NotEqual(0, norm));

            // Half of a dead unit can be anything: zero on the other side keeps it from being read.
            var after = model.Forward(tokens, plan);
            using (no_grad())
                groups.Members[0].Weight.add_(groups.Members[0].Spread(cat([ones(1), zeros(groups.Count - 1)])));
            Assert.True(allclose(after, model.Forward(tokens, plan), rtol: 0, atol: 1e-6));
        }
    }

    [Fact]
    public void Every_layer_declares_neurons_and_heads()
    {
        using var language = MatLm.Create(Shapes.Small, 1);
        Assert.Equal(
            ["layer 0 feed-forward 64", "layer 0 attention 2", "layer 1 feed-forward 64", "layer 1 attention 2", "layer 2 feed-forward 64", "layer 2 attention 2"],
            language.Groups.Select(groups => $"{groups.Name} {groups.Count}"));
        Assert.Equal(3 * 32, language.Groups[0].Size);
        Assert.Equal((2 * 8 + 8 + 8 + 2 * 8) * 32, language.Groups[1].Size);

        using var vision = MatVit.Create(VisionShapes.Small, 1);
        Assert.Equal([65, 4 * 8 * 32 + 3 * 8], vision.Groups.Take(2).Select(groups => groups.Size));
    }

    [Fact]
    public void Weights_that_do_not_divide_into_units_are_refused()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(randn(6, 4));
        Assert.Throws<ArgumentException>(() => new UnitGroups("block", GroupKind.AttentionHead, 0, 4, [new(weight, 0)]));
        Assert.Throws<ArgumentException>(() => new UnitGroups("block", GroupKind.AttentionHead, 0, 4, [new(weight, 2)]));
        Assert.Throws<ArgumentException>(() => new UnitGroups("block", GroupKind.AttentionHead, 0, 4, [new(weight, 1, IsPenalised: false)]));
    }
}
