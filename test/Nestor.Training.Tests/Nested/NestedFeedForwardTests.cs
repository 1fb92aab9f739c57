using CsCheck;
using Nestor.Models;
using Nestor.Training.Nested;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Nested;

/// <summary>MatFormer, §3.1: what a width means.</summary>
public sealed class NestedFeedForwardTests
{
    private const int Neurons = 24, Hidden = 8;

    private static readonly Gen<(FeedForwardKind Kind, int Narrow, int Wide)> Cases =
        Gen.Select(Gen.Enum<FeedForwardKind>(), Gen.Int[1, Neurons], Gen.Int[1, Neurons], (kind, a, b) => (kind, Math.Min(a, b), Math.Max(a, b)));

    [Fact]
    public void Slicing_is_masking() => Cases.Sample(test =>
    {
        using var scope = NewDisposeScope();
        var block = Block(test.Kind);
        var input = randn(5, Hidden);
        var mask = cat([ones(test.Narrow, 1), zeros(Neurons - test.Narrow, 1)]);
        var masked = new NestedFeedForward(test.Kind, block.Gate is { } gate ? new Parameter(gate * mask) : null, new Parameter(block.Up * mask), block.Down);
        AssertClose(masked.Forward(input, Neurons), block.Forward(input, test.Narrow));
    });

    [Fact]
    public void A_wider_block_adds_the_band_of_its_further_neurons() => Cases.Where(test => test.Narrow < test.Wide).Sample(test =>
    {
        using var scope = NewDisposeScope();
        var block = Block(test.Kind);
        var input = randn(5, Hidden);
        var width = test.Wide - test.Narrow;
        var band = new NestedFeedForward(
            test.Kind,
            block.Gate is { } gate ? new Parameter(gate.narrow(0, test.Narrow, width)) : null,
            new Parameter(block.Up.narrow(0, test.Narrow, width)),
            new Parameter(block.Down.narrow(1, test.Narrow, width)));
        AssertClose(block.Forward(input, test.Wide), block.Forward(input, test.Narrow) + band.Forward(input, width));
    });

    [Fact]
    public void Neurons_beyond_the_width_get_exactly_zero_gradient() => Cases.Where(test => test.Narrow < Neurons).Sample(test =>
    {
        using var scope = NewDisposeScope();
        var block = Block(test.Kind);
        block.Forward(randn(5, Hidden), test.Narrow).square().sum().backward();
        foreach (var (weight, dimension) in Weights(block))
        {
            var gradient = weight.grad!;
            Assert.Equal(0, gradient.narrow(dimension, test.Narrow, Neurons - test.Narrow).count_nonzero().item<long>());
            if (test.Kind != FeedForwardKind.SquaredRelu)
                Assert.NotEqual(0, gradient.narrow(dimension, 0, test.Narrow).count_nonzero().item<long>());
        }
    });

    [Fact]
    public void Biases_are_cut_with_their_neurons_and_the_output_keeps_its_own_at_every_width() => Gen.Int[1, Neurons].Sample(width =>
    {
        using var scope = NewDisposeScope();
        var plain = Block(FeedForwardKind.Gelu);
        var (upBias, downBias) = (new Parameter(randn(Neurons)), new Parameter(randn(Hidden)));
        var biased = new NestedFeedForward(FeedForwardKind.Gelu, null, plain.Up, plain.Down, upBias, downBias);
        var cut = new NestedFeedForward(
            FeedForwardKind.Gelu, null, new Parameter(plain.Up.narrow(0, 0, width)), new Parameter(plain.Down.narrow(1, 0, width)), new Parameter(upBias.narrow(0, 0, width)), downBias);
        var input = randn(5, Hidden);
        AssertClose(cut.Forward(input, width), biased.Forward(input, width));

        biased.Forward(input, width).square().sum().backward();
        Assert.Equal(0, upBias.grad!.narrow(0, width, Neurons - width).count_nonzero().item<long>());
        Assert.Equal(Hidden, downBias.grad!.count_nonzero().item<long>());
    });

    [Fact]
    public void A_gate_without_a_gated_kind_is_refused()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(randn(4, 4));
        Assert.Throws<ArgumentException>(() => new NestedFeedForward(FeedForwardKind.Gelu, weight, weight, weight));
        Assert.Throws<ArgumentException>(() => new NestedFeedForward(FeedForwardKind.SwiGlu, null, weight, weight));
    }

    private static NestedFeedForward Block(FeedForwardKind kind) => new(
        kind,
        kind == FeedForwardKind.SwiGlu ? new Parameter(randn(Neurons, Hidden)) : null,
        new Parameter(randn(Neurons, Hidden)),
        new Parameter(randn(Hidden, Neurons)));

    private static IEnumerable<(Parameter Weight, int Dimension)> Weights(NestedFeedForward block)
    {
        if (block.Gate is { } gate)
            yield return (gate, 0);
        yield return (block.Up, 0);
        yield return (block.Down, 1);
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.True(allclose(expected, actual, rtol: 1e-4, atol: 1e-3), $"differs by {(expected - actual).abs().max().item<float>()}");
}
