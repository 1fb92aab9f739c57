using CsCheck;
using Nestor.Training.Sensing;

namespace Nestor.Training.Tests.Sensing;

public sealed class PenaltyRuleTests
{
    [Fact]
    public void The_rule_stays_inside_the_window_wherever_there_is_one() =>
        Gen.Select(Gen.Double[0, 1], Gen.Int[2, 200], Gen.Int[50, 20_000], Gen.Double[0.05, 3]).Sample((noise, dimension, measurements, shortest) =>
        {
            var penalty = PenaltyRule.For(noise, dimension, measurements, shortest);
            var window = LambdaWindow.Of(noise, dimension, measurements, penalty.Beta, shortest);
            Assert.True(penalty.Threshold < 0.6 * shortest);
            Assert.Equal(window.IsOpen, window.Warning(penalty.Lambda) is null);
        });

    [Fact]
    public void Outside_the_window_the_warning_names_the_window_and_what_will_happen()
    {
        var window = LambdaWindow.Of(0.1, 50, 750, 0.01, 0.8);
        Assert.Null(window.Warning(0.05));
        Assert.Contains("columns of noise", window.Warning(0.001), StringComparison.Ordinal);
        Assert.Contains("true columns", window.Warning(0.5), StringComparison.Ordinal);
        Assert.Contains("no lambda", LambdaWindow.Of(3, 50, 60, 0.01, 0.1).Warning(0.05), StringComparison.Ordinal);
    }

    [Fact]
    public void The_rule_scales_with_the_problem()
    {
        var (one, ten) = (PenaltyRule.For(0.1, 50, 750, 0.8), PenaltyRule.For(1, 50, 750, 0.8 * Math.Sqrt(10)));
        Assert.Equal(10 * one.Beta, ten.Beta, 1e-12);
        Assert.Equal(Math.Pow(10, 1.5) * one.Lambda, ten.Lambda, 1e-12);
    }
}
