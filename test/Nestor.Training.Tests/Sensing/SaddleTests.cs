using Nestor.Training.Sensing;
using static Nestor.Training.Tests.Sensing.SensingShapes;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

/// <summary>Two equal columns on one direction are a saddle of the penalised loss: the reason for the perturbations.</summary>
public sealed class SaddleTests
{
    private static readonly SmoothedGroupLasso Penalty = new(0.05, 0.01);

    [Fact]
    public void Without_a_perturbation_split_columns_stay_split_and_there_is_no_certificate()
    {
        using var scope = NewDisposeScope();
        var descent = Descend(radius: 0);
        Assert.Equal(6, descent.Certificate.Live);
        Assert.Equal(0, descent.Perturbations);
        Assert.False(descent.Certificate.Holds);
        Assert.Contains("cosine", descent.Certificate.Objection, StringComparison.Ordinal);
        Assert.Equal([0.701, 0.701, 0.628, 0.628, 0.555, 0.555], ColumnNorms.Descending(descent.Factor), (a, b) => Math.Abs(a - b) < 2e-3);
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(1e-3)]
    public void A_perturbation_leaves_the_saddle(double radius)
    {
        using var scope = NewDisposeScope();
        var descent = Descend(radius);
        Assert.Equal(3, descent.Certificate.Live);
        Assert.True(descent.Certificate.Holds, descent.Certificate.Objection);
        Assert.InRange(descent.LiveSince, 100, 2500);
        Assert.Equal([0.994, 0.892, 0.790], ColumnNorms.Descending(descent.Factor)[..3], (a, b) => Math.Abs(a - b) < 2e-3);
    }

    private static DescentResult Descend(double radius)
    {
        var truth = Truth(50, [1, 0.9, 0.8], 5);
        var start = cat([truth, truth], 1) / Math.Sqrt(2);
        return new PerturbedDescent(new PopulationLoss(Product(truth)), Penalty, AllSteps(4000, 0.1) with { PerturbationRadius = radius }).Run(start);
    }
}
