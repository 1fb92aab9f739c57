using CsCheck;
using Nestor.Training.Sensing;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

public sealed class SensingProblemTests
{
    [Fact]
    public void Gradients_of_both_losses_are_those_of_finite_differences() => Gen.Select(Gen.Int[1, 8], Gen.Bool, Gen.ULong[0, 1000]).Sample(
        (dimension, empirical, seed) =>
        {
            using var scope = NewDisposeScope();
            using var made = new SyntheticSensing { Dimension = dimension, SingularValues = [1], Measurements = 30, Seed = seed }.Create();
            IMatrixLoss loss = empirical ? new EmpiricalLoss(made.Problem) : new PopulationLoss(made.Truth);
            var factor = tensor(MeasurementTests.Numbers(2 * dimension, seed), dimension, 2);
            var direction = tensor(MeasurementTests.Numbers(2 * dimension, seed + 1), dimension, 2);
            var (gradient, unused) = (zeros_like(made.Truth), zeros_like(made.Truth));
            loss.Evaluate(factor.mm(factor.t()), gradient);
            var predicted = (2 * gradient.mm(factor)).mul(direction).sum().item<double>();
            var measured = (At(1e-5) - At(-1e-5)) / 2e-5;
            Assert.Equal(measured, predicted, 1e-6 * (1 + Math.Abs(measured)));

            double At(double step)
            {
                var moved = factor + step * direction;
                return loss.Evaluate(moved.mm(moved.t()), unused);
            }
        },
        iter: 30);

    [Fact]
    public void Many_measurements_give_the_population_loss_and_the_noise()
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Dimension = 6, SingularValues = [1, 0.5], Measurements = 40_000, Noise = 0.3 }.Create();
        var x = MeasurementTests.Symmetric(6, 9);
        var gradient = zeros_like(x);
        var (empirical, population) = (new EmpiricalLoss(made.Problem).Evaluate(x, gradient), new PopulationLoss(made.Truth).Evaluate(x, gradient));
        Assert.InRange(empirical / (population + 0.09), 0.95, 1.05);
    }

    [Fact]
    public void The_hidden_matrix_has_the_squared_singular_values_as_eigenvalues()
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Dimension = 12, SingularValues = [1, 0.9, 0.8] }.Create();
        var values = linalg.eigvalsh(made.Truth).flip(0);
        Assert.True(allclose(values.narrow(0, 0, 3), tensor([1, 0.81, 0.64]), rtol: 1e-12));
        Assert.InRange(values.narrow(0, 3, 9).abs().max().item<double>(), 0, 1e-14);
    }

    [Fact]
    public void The_same_seed_gives_the_same_problem_and_another_seed_another()
    {
        using var scope = NewDisposeScope();
        var settings = new SyntheticSensing { Dimension = 5, SingularValues = [1] };
        using var first = settings.Create();
        using var same = settings.Create();
        using var other = (settings with { Seed = 1 }).Create();
        Assert.Equal(first.Problem.Observations.ToArray(), same.Problem.Observations.ToArray());
        Assert.Equal(TensorMemory.Doubles(first.Truth).ToArray(), TensorMemory.Doubles(same.Truth).ToArray());
        Assert.NotEqual(first.Problem.Observations.ToArray(), other.Problem.Observations.ToArray());
    }

    [Fact]
    public void A_quadratic_network_is_a_sensing_problem()
    {
        // A network's output is the sum of squared projections of its input, and the input is all a measurement is made of.
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Dimension = 8, SingularValues = [1, 0.7], Noise = 0, Kind = MeasurementKind.QuadraticNetwork, Measurements = 16 }.Create();
        var input = new double[8];
        for (var row = 0; row < 16; row++)
        {
            GaussianNumbers.Fill(input, 0, GaussianStream.Measurements, row);
            var output = tensor(input).unsqueeze(0).mm(made.Factor).square().sum().item<double>();
            Assert.Equal(output, made.Problem.Observations.Span[row], 1e-12);
        }
    }

    [Theory]
    [InlineData(MeasurementPrecision.Single)]
    [InlineData(MeasurementPrecision.Double)]
    public void Without_noise_the_oracle_is_exact_at_either_precision(MeasurementPrecision precision)
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Dimension = 15, Noise = 0, Precision = precision }.Create();
        var start = made.Factor + 1e-2 * tensor(MeasurementTests.Numbers(45, 1), 15, 3);
        var found = OracleLeastSquares.Solve(made.Problem, start);
        Assert.InRange((found.mm(found.t()) - made.Truth).norm().item<double>(), 0, 1e-12);
    }

    [Fact]
    public void The_oracles_error_is_the_noise_over_the_spare_measurements()
    {
        using var scope = NewDisposeScope();
        var errors = Enumerable.Range(0, 8).Select(seed =>
        {
            using var made = new SyntheticSensing { Seed = (ulong)seed, Dimension = 30 }.Create();
            var found = OracleLeastSquares.Solve(made.Problem, made.Factor);
            return (found.mm(found.t()) - made.Truth).square().sum().item<double>();
        });
        var (free, count) = (SensingProblem.DegreesOfFreedom(30, 3), 450);
        Assert.InRange(Math.Sqrt(errors.Average()) / (0.1 * Math.Sqrt((double)free / (count - free))), 0.9, 1.1);
    }

    [Fact]
    public void A_step_of_least_squares_is_the_smallest_one()
    {
        using var scope = NewDisposeScope();
        using var made = new SyntheticSensing { Dimension = 9 }.Create();
        var factor = tensor(MeasurementTests.Numbers(27, 2), 9, 3);
        var step = FactorLeastSquares.Step(made.Problem, factor, 1);
        var observed = new double[made.Problem.Count];
        made.Problem.Measurements.Apply(factor.mm(factor.t()), observed);
        var missing = tensor(made.Problem.Observations.ToArray()) - tensor(observed);
        var smallest = linalg.pinv(FactorJacobian.At(made.Problem.Measurements, factor), rtol: 1e-10).mm(missing.unsqueeze(1)).reshape(3, 9).t();
        Assert.True(allclose(step, smallest, rtol: 1e-8, atol: 1e-10));
    }

    [Fact]
    public void What_cannot_be_found_is_refused_before_any_work()
    {
        var problem = Refusal(new SyntheticSensing { Dimension = 4, SingularValues = [1, 1, 1, 1, 1] });
        Assert.Contains("Rank 5 was asked for in dimension 4; a rank from 1 to 4 is wanted", problem, StringComparison.Ordinal);
        Assert.Contains("19 measurements were given; rank 2 in dimension 11 has 21 free numbers", Refusal(new SyntheticSensing { Dimension = 11, SingularValues = [1, 1], Measurements = 19 }), StringComparison.Ordinal);
        var all = Refusal(new SyntheticSensing { Dimension = 0, SingularValues = [-1], Noise = double.NaN });
        Assert.True(all.Contains("dimension 0", StringComparison.Ordinal) && all.Contains("singular values -1", StringComparison.Ordinal) && all.Contains("noise NaN", StringComparison.Ordinal), all);

        var measurements = PackedMeasurements.Gaussian(2, 3, 1);
        Assert.Contains("Observation 1 is NaN", Assert.Throws<NestorException>(() => new SensingProblem(measurements, [1, double.NaN, 2])).Message, StringComparison.Ordinal);
        Assert.Contains("2 observations were given for 3 measurements", Assert.Throws<NestorException>(() => new SensingProblem(measurements, [1, 2])).Message, StringComparison.Ordinal);

        static string Refusal(SyntheticSensing settings) => Assert.Throws<NestorException>(settings.Validate).Message;
    }
}
