using CsCheck;
using Nestor.Training.Sensing;
using static Nestor.Training.Tests.Sensing.SensingShapes;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

public sealed class PenaltyTests
{
    private static readonly Gen<(int Rows, int Columns, double Beta, long Seed)> Cases =
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 8], Gen.Double[-4, 0].Select(exponent => Math.Pow(10, exponent)), Gen.Long[1, 1 << 30]);

    [Fact]
    public void The_gradient_agrees_with_finite_differences() => Cases.Sample(test =>
    {
        using var scope = NewDisposeScope();
        var penalty = new SmoothedGroupLasso(0.7, test.Beta);
        var (factor, direction) = (Gaussian(test.Rows, test.Columns, test.Seed, 0.3), Gaussian(test.Rows, test.Columns, test.Seed + 1));
        var gradient = zeros_like(factor);
        penalty.AddGradient(factor, gradient);
        var step = 1e-5 * Math.Sqrt(test.Beta);
        var difference = (penalty.Value(factor + direction * step) - penalty.Value(factor - direction * step)) / (2 * step);
        Assert.Equal(difference, (gradient * direction).sum().item<double>(), 1e-5 * (1 + Math.Abs(difference)));
    }, iter: 200);

    [Fact]
    public void The_smoothed_norm_is_below_the_norm_by_at_most_three_tenths_of_the_root_of_beta() => Cases.Sample(test =>
    {
        using var scope = NewDisposeScope();
        var factor = Gaussian(test.Rows, 1, test.Seed, Math.Sqrt(test.Beta));
        var gap = new ProximalGroupLasso(1).Value(factor) - new SmoothedGroupLasso(1, test.Beta).Value(factor);
        Assert.InRange(gap, 0, 0.3003 * Math.Sqrt(test.Beta));
    }, iter: 200);

    [Fact]
    public void Orthogonal_columns_cost_least_among_all_factors_of_a_matrix() => Cases.Where(test => test.Columns > 1).Sample(test =>
    {
        using var scope = NewDisposeScope();
        var factor = Gaussian(test.Rows, test.Columns, test.Seed);
        var (turn, _) = linalg.qr(Gaussian(test.Columns, test.Columns, test.Seed + 1));
        foreach (ColumnPenalty penalty in (ColumnPenalty[])[new SmoothedGroupLasso(1, test.Beta), new ProximalGroupLasso(1)])
        {
            var least = penalty.Value(ColumnRotation.Apply(factor));
            Assert.InRange(least, 0, penalty.Value(factor.mm(turn).contiguous()) + 1e-6);
        }
    }, iter: 200);

    [Fact]
    public void At_orthogonal_columns_group_lasso_is_the_sum_of_the_roots_of_the_eigenvalues()
    {
        using var scope = NewDisposeScope();
        var factor = Gaussian(9, 4, 3);
        var roots = linalg.eigvalsh(factor.t().mm(factor)).sqrt().sum().item<double>();
        Assert.Equal(roots, new ProximalGroupLasso(1).Value(ColumnRotation.Apply(factor)), 1e-10);
        Assert.Equal(roots, new SmoothedGroupLasso(1, 1e-12).Value(ColumnRotation.Apply(factor)), 1e-5);
    }

    [Fact]
    public void A_proximal_step_is_the_least_of_half_the_squared_distance_and_the_norm() => Cases.Sample(test =>
    {
        using var scope = NewDisposeScope();
        var penalty = new ProximalGroupLasso(0.5);
        var before = Gaussian(test.Rows, test.Columns, test.Seed);
        var after = before.clone();
        penalty.AfterStep(after, 0.8);
        double Cost(Tensor factor) => 0.5 * (factor - before).square().sum().item<double>() + 0.8 * penalty.Value(factor.contiguous());
        Assert.All(ColumnNorms.Of(before).Zip(ColumnNorms.Of(after)), pair => Assert.Equal(Math.Max(0, pair.First - 0.4), pair.Second, 1e-12));
        for (var other = 0; other < 5; other++)
            Assert.True(Cost(after) <= Cost(after + Gaussian(test.Rows, test.Columns, test.Seed + other, Math.Pow(10, -other))) + 1e-12);
    }, iter: 100);

    [Fact]
    public void Half_thresholding_finds_what_a_grid_finds() => Gen.Select(Gen.Double[-0.5, 3], Gen.Double[0.01, 2]).Sample((value, strength) =>
    {
        double Cost(double x) => 0.5 * (x - value) * (x - value) + 0.5 * strength * Math.Sqrt(x);
        var found = HalfThreshold.Apply(value, strength);
        var best = Enumerable.Range(0, 30_001).Min(i => Cost(i * 1e-4));
        Assert.InRange(Cost(found), 0, best + 1e-9);
        Assert.Equal(value <= HalfThreshold.Cut(strength), found == 0);
    }, iter: 200);

    [Fact]
    public void A_column_in_the_ridge_is_held_with_the_strength_that_the_origin_test_uses()
    {
        using var scope = NewDisposeScope();
        var penalty = new SmoothedGroupLasso(0.05, 0.01);
        var (factor, gradient) = (full([1, 1], 1e-7, ScalarType.Float64), zeros(1, 1, ScalarType.Float64));
        penalty.AddGradient(factor, gradient);
        Assert.Equal(2 * penalty.HoldAtOrigin, gradient.item<double>() / 1e-7, 1e-6);
    }
}
