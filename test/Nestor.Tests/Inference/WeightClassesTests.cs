using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed class WeightClassesTests
{
    // As of tokens: the most probable one weighs 1.
    private static readonly Gen<double[]> Weights = Gen.Select(Gen.Double[-70, 0], Gen.Bool).Select((octaves, none) => none ? 0 : Math.Pow(2, octaves)).Array[0, 200].Select(weights => (double[])[.. weights, 1]);

    [Fact]
    public void The_weights_above_the_floor_are_enough_and_those_an_eighth_higher_are_not() =>
        Gen.Select(Weights, Gen.Double[0.001, 0.999]).Sample((weights, share) =>
        {
            var enough = share * weights.Sum();
            var floor = WeightClasses.Floor(weights, enough);
            Assert.True(weights.Where(weight => weight >= floor).Sum() >= enough * (1 - 1e-12));
            if (floor > 0)
                Assert.True(weights.Where(weight => weight >= floor * 9 / 8).Sum() < enough * (1 + 1e-12));
        });

    [Fact]
    public void Without_enough_weights_the_floor_is_zero() =>
        Weights.Sample(weights => Assert.Equal(0, WeightClasses.Floor(weights, weights.Sum() * 1.001 + 1e-30)));
}
