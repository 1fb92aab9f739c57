using CsCheck;
using Nestor.Training.Sensing;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

public sealed class MeasurementTests
{
    private static readonly Gen<(int Dimension, int Count, MeasurementPrecision Precision, ulong Seed)> Shapes =
        Gen.Select(Gen.Int[1, 24], Gen.Int[1, 700], Gen.Enum<MeasurementPrecision>(), Gen.ULong);

    [Fact]
    public void The_fused_pass_agrees_with_the_plain_one() => Shapes.Sample(
        shape =>
        {
            using var scope = NewDisposeScope();
            var measurements = PackedMeasurements.Gaussian(shape.Dimension, shape.Count, shape.Seed, shape.Precision);
            var x = Symmetric(shape.Dimension, shape.Seed);
            var observations = Numbers(shape.Count, shape.Seed + 1);
            var gradient = zeros_like(x);
            var loss = new EmpiricalLoss(new SensingProblem(measurements, observations)).Evaluate(x, gradient);

            var (packed, sum) = (new double[measurements.RowLength], new double[measurements.RowLength]);
            SymmetricVector.Pack(TensorMemory.Doubles(x), shape.Dimension, packed);
            var squares = PlainMeasurementPass.Residuals(measurements, packed, observations, sum);
            Assert.Equal(squares / shape.Count, loss, 1e-12 * (1 + loss));
            SymmetricVector.Pack(TensorMemory.Doubles(gradient), shape.Dimension, packed);
            var largest = sum.Max(Math.Abs);
            for (var i = 0; i < sum.Length; i++)
                Assert.Equal(2 * sum[i] / shape.Count, packed[i], 1e-12 * (1 + largest));
        },
        iter: 60);

    [Fact]
    public unsafe void Narrow_and_wide_registers_agree() => Shapes.Sample(
        shape =>
        {
            var measurements = PackedMeasurements.Gaussian(shape.Dimension, shape.Count, shape.Seed, shape.Precision);
            var (x, narrow, wide) = (new PaddedVector(measurements.Stride), new PaddedVector(measurements.Stride), new PaddedVector(measurements.Stride));
            Numbers(measurements.RowLength, shape.Seed).CopyTo(x.Span);
            var observations = Numbers(shape.Count, shape.Seed + 1);
            double a, b;
            fixed (double* y = observations)
            {
                (a, b) = shape.Precision == MeasurementPrecision.Single
                    ? (RowBlocks<float, FourLanes>.Residuals((float*)measurements.Start, measurements.Stride, shape.Count, x.Start, y, narrow.Start), RowBlocks<float, EightLanes>.Residuals((float*)measurements.Start, measurements.Stride, shape.Count, x.Start, y, wide.Start))
                    : (RowBlocks<double, FourLanes>.Residuals((double*)measurements.Start, measurements.Stride, shape.Count, x.Start, y, narrow.Start), RowBlocks<double, EightLanes>.Residuals((double*)measurements.Start, measurements.Stride, shape.Count, x.Start, y, wide.Start));
            }

            Assert.Equal(a, b, 1e-12 * (1 + a));
            for (var i = 0; i < measurements.Stride; i++)
                Assert.Equal(narrow.Span[i], wide.Span[i], 1e-12 * (1 + a));
            GC.KeepAlive(measurements);
            GC.KeepAlive(x);
        },
        iter: 30);

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        using var scope = NewDisposeScope();
        var problem = new SyntheticSensing { Dimension = 20, Measurements = 1500 }.Create().Problem;
        var x = Symmetric(20, 3);
        var (one, three) = (zeros_like(x), zeros_like(x));
        Assert.Equal(new EmpiricalLoss(problem, 1).Evaluate(x, one), new EmpiricalLoss(problem, 3).Evaluate(x, three));
        Assert.Equal(TensorMemory.Doubles(one).ToArray(), TensorMemory.Doubles(three).ToArray());
    }

    [Theory]
    [InlineData(MeasurementPrecision.Single)]
    [InlineData(MeasurementPrecision.Double)]
    public void Observations_are_inner_products_of_the_given_matrices(MeasurementPrecision precision)
    {
        using var scope = NewDisposeScope();
        var matrices = randn(37, 9, 9, ScalarType.Float32).to(ScalarType.Float64);
        var measurements = PackedMeasurements.Of(matrices, precision);
        var x = Symmetric(9, 1);
        var observed = new double[37];
        measurements.Apply(x, observed);
        var wanted = matrices.mul(x).sum([1, 2]);
        Assert.True(allclose(tensor(observed), wanted, rtol: 0, atol: precision == MeasurementPrecision.Double ? 1e-12 : 1e-5));
    }

    [Fact]
    public void Combining_is_the_adjoint_of_observing() => Shapes.Sample(
        shape =>
        {
            using var scope = NewDisposeScope();
            var measurements = PackedMeasurements.Gaussian(shape.Dimension, shape.Count, shape.Seed, shape.Precision);
            var x = Symmetric(shape.Dimension, shape.Seed + 2);
            var (weights, observed) = (Numbers(shape.Count, shape.Seed + 3), new double[shape.Count]);
            measurements.Apply(x, observed);
            var sum = zeros_like(x);
            measurements.Combine(weights, sum);
            var (left, right) = (observed.Zip(weights, (a, b) => a * b).Sum(), sum.mul(x).sum().item<double>());
            Assert.Equal(left, right, 1e-11 * shape.Dimension * Math.Sqrt(shape.Count));
        },
        iter: 40);

    [Fact]
    public void Gaussian_measurements_keep_norms_and_quadratic_ones_add_the_trace()
    {
        using var scope = NewDisposeScope();
        var x = Symmetric(6, 5);
        var (squares, trace) = (x.square().sum().item<double>(), x.trace().item<double>());
        Assert.InRange(MeanSquare(PackedMeasurements.Gaussian(6, 20_000, 1)) / squares, 0.95, 1.05);
        Assert.InRange(MeanSquare(PackedMeasurements.QuadraticNetwork(6, 20_000, 1)) / (2 * squares + trace * trace), 0.9, 1.1);

        double MeanSquare(PackedMeasurements measurements)
        {
            var observed = new double[measurements.Count];
            measurements.Apply(x, observed);
            return observed.Average(value => value * value);
        }
    }

    [Fact]
    public void The_derivative_by_the_factor_is_that_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        var measurements = PackedMeasurements.Gaussian(7, 11, 4);
        var (factor, direction) = (tensor(Numbers(14, 1), 7, 2), tensor(Numbers(14, 2), 7, 2));
        var jacobian = FactorJacobian.At(measurements, factor);
        var predicted = jacobian.mm(direction.t().contiguous().reshape(-1, 1)).squeeze(1);
        var measured = (Observed(1e-5) - Observed(-1e-5)) / 2e-5;
        Assert.True(allclose(predicted, measured, rtol: 1e-7, atol: 1e-7));

        Tensor Observed(double step)
        {
            var moved = factor + step * direction;
            var values = new double[11];
            measurements.Apply(moved.mm(moved.t()), values);
            return tensor(values);
        }
    }

    [Fact]
    public void Measurements_that_are_not_numbers_are_refused()
    {
        using var scope = NewDisposeScope();
        var matrices = ones(3, 2, 2, ScalarType.Float64);
        matrices[1, 0, 1] = double.NaN;
        Assert.Contains("Measurement 1 has an entry that is NaN", Assert.Throws<NestorException>(() => PackedMeasurements.Of(matrices)).Message, StringComparison.Ordinal);
        Assert.Throws<NestorException>(() => PackedMeasurements.Of(ones(3, 2, 4)));
        Assert.Throws<NestorException>(() => PackedMeasurements.Gaussian(0, 3, 1));
        Assert.Throws<NestorException>(() => PackedMeasurements.Gaussian(3, 0, 1));
        Assert.Contains("MiB", Assert.Throws<NestorException>(() => PackedMeasurements.Gaussian(30_000, 2_000_000, 1)).Message, StringComparison.Ordinal);
    }

    internal static Tensor Symmetric(int dimension, ulong seed)
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(Numbers(dimension * dimension, seed), dimension, dimension);
        return matrix.add(matrix.t()).contiguous().MoveToOuterDisposeScope();
    }

    internal static double[] Numbers(int count, ulong seed)
    {
        var numbers = new double[count];
        GaussianNumbers.Fill(numbers, seed, GaussianStream.Start);
        return numbers;
    }
}
