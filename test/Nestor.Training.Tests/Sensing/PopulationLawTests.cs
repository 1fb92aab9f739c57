using Nestor.Training.Sensing;
using TorchSharp;
using static Nestor.Training.Tests.Sensing.SensingShapes;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

/// <summary>Laws of the penalised loss that need no measurements.</summary>
public sealed class PopulationLawTests
{
    private const int Dimension = 50;

    private static readonly double[] Lengths = [1, 0.9, 0.8];

    [Theory]
    [InlineData(0.05, 0.01, 2000)]
    [InlineData(0.02, 0.01, 3000)]
    [InlineData(0.01, 0.0025, 5000)]
    public void The_bias_before_fine_tuning_is_a_quarter_of_lambda_over_each_length(double lambda, double beta, int iterations)
    {
        using var scope = NewDisposeScope();
        var truth = Truth(Dimension, Lengths, 7);
        var descent = new PerturbedDescent(new PopulationLoss(Product(truth)), new SmoothedGroupLasso(lambda, beta), AllSteps(iterations, 0.1)).Run(Gaussian(Dimension, Dimension, 8, 0.1));
        var pruned = GreedyPruning.Prune(descent);
        Assert.True(pruned.IsPruned, descent.Certificate.Objection);
        Assert.Equal(3, pruned.Factor.shape[1]);
        var predicted = lambda / 4 * Math.Sqrt(Lengths.Sum(length => 1 / (length * length)));
        Assert.InRange(Error(pruned.Factor, Product(truth)), 0.95 * predicted, 1.05 * predicted);
        Assert.InRange(descent.LiveSince * 0.1 * lambda, 1.2, 4);
    }

    [Theory]
    [InlineData(0.1, 1e-4, 3)]
    [InlineData(0.3, 1e-4, 3)]
    [InlineData(0.5, 1e-4, 3)]
    [InlineData(1.05, 1e-4, 0)]
    [InlineData(1.05, 0.1, 3)]
    [InlineData(2.5, 0.1, 2)]
    [InlineData(4, 0.1, 1)]
    [InlineData(6, 0.1, 0)]
    public void Columns_grow_and_bear_lambda_as_the_window_says(double heldPerUnit, double startScale, int live)
    {
        using var scope = NewDisposeScope();
        const double Beta = 0.01;
        var truth = Truth(Dimension, [1, 0.8, 0.6], 7);
        var penalty = new SmoothedGroupLasso(heldPerUnit * 2 * Math.Sqrt(Beta), Beta);
        var descent = new PerturbedDescent(new PopulationLoss(Product(truth)), penalty, AllSteps(3000, 0.05)).Run(Gaussian(Dimension, Dimension, 8, startScale));
        Assert.Equal(live, descent.Certificate.Live);
        var window = LambdaWindow.Of(0, Dimension, 1000, Beta, 0.6);
        if (window.Warning(penalty.Lambda) is null)
            Assert.Equal(3, live);
    }

    [Fact]
    public void The_proximal_form_finds_the_same_columns_and_leaves_exact_zeros()
    {
        using var scope = NewDisposeScope();
        var truth = Truth(Dimension, Lengths, 7);
        var options = AllSteps(2000, 0.1) with { DropBelow = -1 };
        var descent = new PerturbedDescent(new PopulationLoss(Product(truth)), new ProximalGroupLasso(0.05), options with { PerturbationRadius = 0 }).Run(Gaussian(Dimension, Dimension, 8, 0.1));
        var norms = ColumnNorms.Descending(descent.Factor);
        Assert.Equal(3, descent.Certificate.Live);
        Assert.All(norms[3..], norm => Assert.Equal(0, norm));
        Assert.True(descent.Certificate.Holds, descent.Certificate.Objection);
    }

    [Theory]
    [InlineData(1, 0.218, 0.807)]
    [InlineData(3, 0.455, 0.990)]
    public void Without_a_penalty_the_column_norms_follow_the_law_of_small_starts(int rank, double aboveHalf, double aboveTenth)
    {
        using var scope = NewDisposeScope();
        var shares = Enumerable.Range(1, 6).Select(seed =>
        {
            var truth = Truth(Dimension, Evenly(1, 0.8, rank), seed);
            var options = AllSteps(1200, 0.1) with { PerturbationRadius = 0, DropBelow = -1 };
            var descent = new PerturbedDescent(new PopulationLoss(Product(truth)), new SmoothedGroupLasso(0, 0.01), options).Run(Gaussian(Dimension, Dimension, seed + 100, 1e-4));
            var norms = ColumnNorms.Descending(descent.Factor);
            return (Half: norms.Count(norm => norm > 0.5 * norms[0]) / (double)Dimension, Tenth: norms.Count(norm => norm > 0.1 * norms[0]) / (double)Dimension);
        }).ToList();
        Assert.InRange(shares.Average(share => share.Half), aboveHalf - 0.08, aboveHalf + 0.08);
        Assert.InRange(shares.Average(share => share.Tenth), aboveTenth - 0.08, aboveTenth + 0.08);
    }

    [Theory(Explicit = true)]
    [Trait("Category", "Slow")]
    [InlineData(2, 0.331, 0.954)]
    [InlineData(5, 0.642, 1.0)]
    [InlineData(10, 0.895, 1.0)]
    public void And_at_other_ranks(int rank, double aboveHalf, double aboveTenth) =>
        Without_a_penalty_the_column_norms_follow_the_law_of_small_starts(rank, aboveHalf, aboveTenth);

    [Fact]
    public void Fewer_columns_than_the_rank_get_no_certificate()
    {
        using var scope = NewDisposeScope();
        var truth = Truth(Dimension, Lengths, 7);
        var descent = new PerturbedDescent(new PopulationLoss(Product(truth)), new SmoothedGroupLasso(0.05, 0.01), AllSteps(2000, 0.1) with { RotateEvery = 25 }).Run(Gaussian(Dimension, 2, 8, 0.1));
        Assert.Equal(2, descent.Certificate.Live);
        Assert.Contains("further column", descent.Certificate.Objection, StringComparison.Ordinal);
        Assert.False(GreedyPruning.Prune(descent).IsPruned);
    }

    [Fact]
    public void Without_a_certificate_nothing_is_pruned()
    {
        using var scope = NewDisposeScope();
        var truth = Truth(Dimension, Lengths, 7);
        var descent = new PerturbedDescent(new PopulationLoss(Product(truth)), new SmoothedGroupLasso(0.05, 0.01), new DescentOptions { Iterations = 150, StepSize = 0.1 }).Run(Gaussian(Dimension, Dimension, 8, 0.1));
        var pruned = GreedyPruning.Prune(descent);
        Assert.False(pruned.IsPruned);
        Assert.Equal(descent.Factor.shape, pruned.Factor.shape);
        Assert.NotNull(pruned.Certificate.Objection);
    }

    [Fact]
    public void The_same_seed_gives_the_same_descent_and_no_tensor_is_left_behind()
    {
        using var scope = NewDisposeScope();
        var loss = new PopulationLoss(Product(Truth(Dimension, Lengths, 7)));
        var start = Gaussian(Dimension, 12, 8, 0.1);
        var descent = new PerturbedDescent(loss, new SmoothedGroupLasso(0.05, 0.01), new DescentOptions { StepSize = 0.1, RotateEvery = 25 });
        var (first, before) = (descent.Run(start), DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        var second = descent.Run(start);
        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(first.Iterations, second.Iterations);
        Assert.True(first.Factor.equal(second.Factor).all().item<bool>());
    }

    [Fact]
    public void A_step_too_large_is_told()
    {
        using var scope = NewDisposeScope();
        var loss = new PopulationLoss(Product(Truth(Dimension, Lengths, 7)));
        var error = Assert.Throws<NestorException>(() => new PerturbedDescent(loss, new SmoothedGroupLasso(0.05, 0.01), new DescentOptions { StepSize = 9 }).Run(Gaussian(Dimension, 5, 8)));
        Assert.Contains("step size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_of_the_options_are_told_at_once()
    {
        using var scope = NewDisposeScope();
        var loss = new PopulationLoss(Product(Truth(Dimension, Lengths, 7)));
        var error = Assert.Throws<NestorException>(() => new PerturbedDescent(loss, new SmoothedGroupLasso(double.NaN, 0), new DescentOptions { StepSize = 0, Iterations = 0 }));
        Assert.All((string[])["lambda is NaN", "beta is 0", "step size is 0", "0 iterations"], problem => Assert.Contains(problem, error.Message, StringComparison.Ordinal));
    }
}
