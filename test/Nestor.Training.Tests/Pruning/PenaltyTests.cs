using CsCheck;
using Nestor.Training.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Pruning;

/// <summary>The penalties on joint groups, each against its formula.</summary>
public sealed class PenaltyTests
{
    private const int Units = 5;

    private static PenaltyStep Full { get; } = new(1, 1, 1, 0.1, 0);

    [Fact]
    public void The_coupled_penalty_adds_the_gradient_of_the_smoothed_group_norm() => Gen.Select(Gen.Double[0.01, 2], Gen.Double[1e-4, 0.5]).Sample((lambda, beta) =>
    {
        using var scope = NewDisposeScope();
        var (groups, up, down) = Block();
        (up * 3).sum().backward();
        (down * 2).sum().backward();
        new CoupledSmoothedPenalty(lambda, beta).BeforeStep(groups, Full);
        var (upGradient, downGradient) = (up.grad!.clone() - 3, down.grad!.clone() - 2);

        (up.grad, down.grad) = (null, null);
        var squares = up.square().sum([1]) + down.square().sum([0]);
        (lambda * (squares / (squares + beta).sqrt()).sum()).backward();
        AssertClose(up.grad!, upGradient);
        AssertClose(down.grad!, downGradient);
    });

    [Fact]
    public void The_proximal_step_shortens_every_unit_by_rate_times_lambda_and_no_further_than_zero() => Gen.Double[0, 40].Sample(lambda =>
    {
        using var scope = NewDisposeScope();
        var (groups, _, _) = Block();
        var before = groups.NormValues();
        new ProximalPenalty(lambda).AfterStep(groups, Full);
        Assert.All(before.Zip(groups.NormValues()), pair => Assert.Equal(Math.Max(0, pair.First - 0.1 * lambda), pair.Second, 1e-5));
    });

    [Fact]
    public void A_unit_that_is_zero_stays_zero_under_every_penalty()
    {
        using var scope = NewDisposeScope();
        foreach (var penalty in new GroupPenalty[] { new ProximalPenalty(1), new DecoupledSmoothedPenalty(1), new CoupledSmoothedPenalty(1), new TargetDecay(3) })
        {
            var (groups, up, down) = Block();
            groups.Scale(tensor([0f, 1, 1, 1, 1]));
            (up.sum() + down.sum()).backward();
            using (no_grad())
            {
                up.grad!.zero_();
                down.grad!.zero_();
            }

            penalty.BeforeStep(groups, Full);
            penalty.AfterStep(groups, Full);
            Assert.Equal(0, groups.NormValues()[0]);
            Assert.Equal(0, up.grad![0].abs().sum().item<float>());
            Assert.All(groups.NormValues(), norm => Assert.True(double.IsFinite(norm)));
        }
    }

    [Fact]
    public void The_decoupled_penalty_moves_against_the_same_gradient_without_passing_zero()
    {
        using var scope = NewDisposeScope();
        var (groups, up, _) = Block();
        var before = up.detach().clone();
        var norms = groups.Norms();
        new DecoupledSmoothedPenalty(0.5, 0.01).AfterStep(groups, Full);
        AssertClose(before * (1 - 0.05 * (norms.square() + 0.02) / (norms.square() + 0.01).pow(1.5)).unsqueeze(1), up);
        new DecoupledSmoothedPenalty(1e6, 0.01).AfterStep(groups, Full);
        Assert.All(groups.NormValues(), norm => Assert.Equal(0, norm));
    }

    [Fact]
    public void The_target_is_reached_exactly_in_the_last_step_of_the_rise_and_held_against_momentum() => Gen.Select(Gen.Int[1, Units], Gen.Int[1, 20]).Sample((width, rise) =>
    {
        using var scope = NewDisposeScope();
        var (groups, up, down) = Block();
        var lasso = new GroupLasso([groups], new GroupLassoOptions { Penalty = new TargetDecay(width), Schedule = new PenaltySchedule(0.5) }, 2 * rise);
        var first = groups.NormValues().Order().Take(Units - width).ToArray();
        for (var step = 0; step < rise; step++)
        {
            lasso.AfterStep(step, 0.1);
            var share = (rise - step - 1.0) / rise;
            Assert.All(first.Zip(groups.NormValues().Order()), pair => Assert.Equal(share * pair.First, pair.Second, 1e-5));
        }

        Assert.Equal(width, groups.NormValues().Count(norm => norm > 0));
        using (no_grad())
        {
            up.add_(1e-3);
            down.add_(1e-3);
        }

        lasso.AfterStep(rise, 0.1);
        Assert.Equal(width, groups.NormValues().Count(norm => norm > 0));
    });

    [Fact]
    public void The_strength_rises_over_its_share_of_the_steps_and_holds()
    {
        var schedule = new PenaltySchedule(0.2);
        Assert.Equal([0.25, 0.5, 0.75, 1, 1], Enumerable.Range(0, 5).Select(step => schedule.At(step, 20)));
        Assert.Equal(1, schedule.At(19, 20));
        Assert.Equal(1, new PenaltySchedule(0).At(0, 20));
    }

    [Fact]
    public void Larger_units_are_penalised_by_the_root_of_their_size_where_asked()
    {
        using var scope = NewDisposeScope();
        UnitGroups Set(int columns) => new("block", GroupKind.FeedForwardNeuron, 0, 2, [new(new Parameter(ones(2, columns)), 0)]);
        UnitGroups[] sets = [Set(4), Set(16)];
        new GroupLasso(sets, new GroupLassoOptions { Penalty = new ProximalPenalty(1), Schedule = new(0), ScaleBySize = true }, 10).AfterStep(0, 0.5);
        Assert.Equal([2 - 0.5, 4 - 1.0], sets.Select(set => set.NormValues()[0]));
    }

    [Theory]
    [InlineData("coupled:0.01")]
    [InlineData("coupled:0.01:0.5")]
    [InlineData("decoupled:0.5")]
    [InlineData("proximal:1e-3")]
    [InlineData("target:32/16")]
    public void A_penalty_is_text_and_back(string text)
    {
        var penalty = PenaltyText.Parse(text);
        Assert.Equal(PenaltyText.Print(penalty), PenaltyText.Print(PenaltyText.Parse(PenaltyText.Print(penalty))));
    }

    [Theory]
    [InlineData("lasso", "choose coupled")]
    [InlineData("coupled", "choose coupled")]
    [InlineData("coupled:x", "not a number")]
    [InlineData("target:-3", "not a width")]
    public void A_text_that_is_no_penalty_is_an_error_that_says_what_is(string text, string part) =>
        Assert.Contains(part, Assert.Throws<NestorException>(() => PenaltyText.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("coupled:-1:0", "lambda is -1", "beta is 0")]
    [InlineData("target:9", "the width 9", "has 5 units")]
    [InlineData("target:2/3", "2 widths", "1 blocks")]
    public void Impossible_penalties_are_named_before_any_step(string text, string first, string second)
    {
        using var scope = NewDisposeScope();
        var message = Assert.Throws<NestorException>(() => new GroupLasso([Block().Groups], new GroupLassoOptions { Penalty = text[0] == 'c' ? new CoupledSmoothedPenalty(-1, 0) : PenaltyText.Parse(text), Schedule = new(2) }, 10)).Message;
        Assert.All(new[] { first, second, "share of 2" }, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Only_the_kinds_that_are_asked_for_are_penalised()
    {
        using var scope = NewDisposeScope();
        var (groups, _, _) = Block();
        var before = groups.NormValues();
        var message = Assert.Throws<NestorException>(() => new GroupLasso([groups], new GroupLassoOptions { Penalty = new ProximalPenalty(1), Kinds = [GroupKind.AttentionHead] }, 10)).Message;
        Assert.Contains("FeedForwardNeuron", message, StringComparison.Ordinal);
        Assert.Equal(before, groups.NormValues());
    }

    private static (UnitGroups Groups, Parameter Up, Parameter Down) Block()
    {
        var (up, down) = (new Parameter(randn(Units, 3)), new Parameter(randn(4, Units)));
        return (new UnitGroups("block", GroupKind.FeedForwardNeuron, 0, Units, [new(up, 0), new(down, 1)]), up, down);
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.True(allclose(expected, actual, rtol: 1e-4, atol: 1e-5), $"differs by {(expected - actual).abs().max().item<float>()}");
}
