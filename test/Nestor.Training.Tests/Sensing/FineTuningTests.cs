using Nestor.Training.Sensing;
using static Nestor.Training.Tests.Sensing.SensingShapes;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

public sealed class FineTuningTests
{
    private const int Dimension = 30;

    [Theory]
    [InlineData(1)]
    [InlineData(0.1)]
    public void Scaled_descent_does_not_mind_short_columns(double shortest)
    {
        using var scope = NewDisposeScope();
        var (loss, truth, start) = Problem(shortest);
        var tuned = new ScaledGradientDescent { Tolerance = 1e-10 }.Run(loss, start);
        Assert.True(tuned.IsAtRest);
        Assert.InRange(tuned.Iterations, 20, 160);
        Assert.InRange(Error(tuned.Factor, truth), 0, 1e-8);
    }

    [Fact]
    public void Plain_descent_converges_at_the_rate_of_its_shortest_column()
    {
        using var scope = NewDisposeScope();
        foreach (var shortest in (double[])[1, 0.5])
        {
            var (loss, truth, start) = Problem(shortest);
            var errors = new List<double>();
            new GradientDescent { Iterations = 60, Tolerance = 0 }.Run(loss, start, progress => errors.Add(Error(progress.Factor, truth)));
            var rate = Math.Pow(errors[59] / errors[29], 1.0 / 30);
            Assert.InRange((1 - rate) / (4 * 0.1 * shortest * shortest), 0.45, 1.05);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.1)]
    public void Gauss_Newton_doubles_the_digits(double shortest)
    {
        using var scope = NewDisposeScope();
        var (loss, truth, start) = Problem(shortest);
        var errors = new List<double>();
        var tuned = new GaussNewton { Tolerance = 1e-12 }.Run(loss, start, progress => errors.Add(Error(progress.Factor, truth)));
        Assert.True(tuned.IsAtRest, string.Join(' ', errors));
        Assert.InRange(tuned.Iterations, 2, 7);
        Assert.InRange(Error(tuned.Factor, truth), 0, 1e-12);
    }

    [Fact]
    public void Impossible_options_and_steps_too_large_are_told()
    {
        using var scope = NewDisposeScope();
        var (loss, _, start) = Problem(1);
        Assert.Contains("step size is 0", Assert.Throws<NestorException>(() => new GradientDescent(0).Run(loss, start)).Message, StringComparison.Ordinal);
        Assert.Contains("left all bounds", Assert.Throws<NestorException>(() => new GradientDescent(5).Run(loss, start)).Message, StringComparison.Ordinal);
    }

    private static (PopulationLoss Loss, Tensor Truth, Tensor Start) Problem(double shortest)
    {
        var factor = Truth(Dimension, Evenly(1, shortest, 4), 3);
        var product = Product(factor);
        return (new PopulationLoss(product), product, factor + Gaussian(Dimension, 4, 4, 0.05 * shortest / Math.Sqrt(Dimension)));
    }
}
