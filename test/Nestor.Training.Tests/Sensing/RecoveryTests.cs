using Nestor.Training.Sensing;
using Nestor.Training.Sensing.Peers;
using static Nestor.Training.Tests.Sensing.SensingShapes;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

/// <summary>What group lasso recovers from measurements: the right number of columns, and after fine-tuning the error that noise leaves.</summary>
public sealed class RecoveryTests
{
    private const int Dimension = 50;

    private static readonly SmoothedGroupLasso Penalty = new(0.05, 0.01);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Exactly_the_true_columns_survive_and_fine_tuning_reaches_the_oracle(int seed)
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Seed = (ulong)seed }.Create();
        var loss = new EmpiricalLoss(made.Problem);
        var oracle = OracleLeastSquares.Solve(made.Problem, made.Factor);
        var best = Product(oracle);

        var descent = new PerturbedDescent(loss, Penalty, AllSteps(2500, 0.05) with { PerturbationRadius = 0, DropBelow = -1 }).Run(Gaussian(Dimension, Dimension, seed, 0.1));
        var norms = ColumnNorms.Descending(descent.Factor);
        Assert.InRange(norms[2], 0.75, 0.9);
        Assert.InRange(norms[3], 0, 1e-6);
        var pruned = GreedyPruning.Prune(descent);
        Assert.True(pruned.IsPruned, descent.Certificate.Objection);
        Assert.Equal(3, pruned.Factor.shape[1]);
        Assert.InRange(Error(pruned.Factor, made.Truth), 0.045, 0.075);

        var distances = new List<double> { Error(pruned.Factor, best) };
        var tuned = new GradientDescent(0.1) { Iterations = 400, Tolerance = 0 }.Run(loss, pruned.Factor, progress => distances.Add(Error(progress.Factor, best)));
        Assert.InRange(Error(tuned.Factor, made.Truth) / Error(oracle, made.Truth), 0.99, 1.01);
        var (first, last) = (distances.FindIndex(distance => distance < 1e-2 * distances[0]), distances.FindIndex(distance => distance < 1e-9 * distances[0]));
        Assert.InRange(Math.Pow(distances[last] / distances[first], 1.0 / (last - first)), 0.87, 0.92);
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Slow")]
    public void In_twenty_of_twenty_problems()
    {
        foreach (var seed in Enumerable.Range(1, 20))
            Exactly_the_true_columns_survive_and_fine_tuning_reaches_the_oracle(seed);
    }

    [Fact]
    public void Rotations_need_at_most_a_third_of_the_steps()
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Seed = 1 }.Create();
        var loss = new EmpiricalLoss(made.Problem);
        var start = Gaussian(Dimension, Dimension, 1, 0.1);
        var plain = new PerturbedDescent(loss, Penalty, new DescentOptions()).Run(start);
        var rotated = new PerturbedDescent(loss, Penalty, new DescentOptions { RotateEvery = 25 }).Run(start);
        var narrow = new PerturbedDescent(loss, Penalty, new DescentOptions { RotateEvery = 25 }).Run(Gaussian(Dimension, 12, 1, 0.1));
        Assert.All((DescentResult[])[plain, rotated, narrow], descent =>
        {
            Assert.True(descent.Certificate.Holds, descent.Certificate.Objection);
            Assert.Equal(3, descent.Certificate.Live);
        });
        Assert.InRange(rotated.Iterations, 1, plain.Iterations / 3);
        Assert.InRange(narrow.Iterations, 1, rotated.Iterations);
        var products = ((DescentResult[])[plain, rotated, narrow]).Select(descent => Product(descent.Factor)).ToList();
        Assert.All(products, product => Assert.InRange((product - products[0]).norm().item<double>(), 0, 0.02));
    }

    [Fact]
    public void Weight_decay_or_no_penalty_leave_columns_that_cannot_be_pruned()
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Noise = 0.05, Seed = 2 }.Create();
        var loss = new EmpiricalLoss(made.Problem);
        var options = AllSteps(2500, 0.05) with { PerturbationRadius = 0, DropBelow = -1 };
        var lasso = new PerturbedDescent(loss, Penalty, options).Run(Gaussian(Dimension, Dimension, 2, 0.1)).Factor;
        var free = new PerturbedDescent(loss, Penalty with { Lambda = 0 }, options).Run(Gaussian(Dimension, Dimension, 2, 1e-3)).Factor;
        var decayed = new PerturbedDescent(loss, new WeightDecay(0.03), options).Run(Gaussian(Dimension, Dimension, 2, 0.1)).Factor;
        double Pruned(Tensor factor) => Error(GreedyPruning.KeepLargest(factor, 3), made.Truth);

        Assert.Equal(Error(lasso, made.Truth), Pruned(lasso), 1e-6);
        Assert.InRange(Pruned(lasso), 0, 0.06);
        Assert.InRange(Error(free, made.Truth), 0, 0.15);
        Assert.InRange(Pruned(free), 1, 2);
        Assert.Equal(3, linalg.eigvalsh(Product(decayed)).data<double>().Count(value => value > 0.05));
        Assert.InRange(Error(decayed, made.Truth), 0, 0.07);
        Assert.InRange(Pruned(decayed), 1, 2);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(4, 2)]
    public void Twice_the_free_numbers_are_measurements_enough(int rank, int perEntry)
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Dimension = 40, SingularValues = Evenly(1, 0.8, rank), Measurements = perEntry * 40 * rank, Noise = 0.05, Seed = 3 }.Create();
        var descent = new PerturbedDescent(new EmpiricalLoss(made.Problem), Penalty, new DescentOptions { RotateEvery = 25, Iterations = 2000 }).Run(Gaussian(40, 40, 3, 0.1));
        Assert.True(descent.Certificate.Holds, descent.Certificate.Objection);
        Assert.Equal(rank, descent.Certificate.Live);
    }

    [Theory]
    [InlineData(MeasurementKind.Gaussian, 0.05)]
    [InlineData(MeasurementKind.QuadraticNetwork, 0.01)]
    public void A_start_from_the_data_leads_to_the_same_columns(MeasurementKind kind, double stepSize)
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Dimension = 30, Kind = kind, Seed = 1 }.Create();
        var loss = new EmpiricalLoss(made.Problem);
        var start = SpectralStart.Of(loss, 12);
        Assert.Equal(12, start.shape[1]);
        var descent = new PerturbedDescent(loss, Penalty, new DescentOptions { StepSize = stepSize, RotateEvery = 10 }).Run(start);
        Assert.True(descent.Certificate.Holds, descent.Certificate.Objection);
        Assert.Equal(3, descent.Certificate.Live);
    }

    [Fact]
    public void Gauss_Newton_without_a_Jacobian_finds_the_least_squares_that_the_Jacobian_finds()
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Dimension = 30, SingularValues = [1, 0.7, 0.5], Noise = 0.05, Seed = 4 }.Create();
        var (loss, oracle) = (new EmpiricalLoss(made.Problem), OracleLeastSquares.Solve(made.Problem, made.Factor));
        foreach (FineTuning method in (FineTuning[])[new GaussNewton { Tolerance = 1e-11 }, new ScaledGradientDescent { Tolerance = 1e-11 }])
        {
            var tuned = method.Run(loss, made.Factor);
            Assert.True(tuned.IsAtRest);
            Assert.InRange(Error(tuned.Factor, Product(oracle)), 0, 1e-8);
        }
    }
}
