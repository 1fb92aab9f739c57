using CsCheck;
using Nestor.Training.Sensing;
using Nestor.Training.Sensing.Peers;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

/// <summary>The methods that group lasso is measured against, and the thresholding that does its work on eigenvalues, where their answers are known.</summary>
public sealed class PeerTests
{
    private static readonly SyntheticSensing Settings = new() { Dimension = 30, Noise = 0.05, Seed = 3 };

    private static readonly SchattenHalf Half = new(0.05);

    private static readonly TraceNorm Trace = new(0.08);

    public static TheoryData<string> Methods => ["accelerated trace", "adaptive trace", "accelerated half", "adaptive half"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Thresholds_find_the_rank_without_being_told_and_fine_tuning_takes_their_bias(string method)
    {
        using var scope = NewDisposeScope();
        using var made = Settings.Create();
        var loss = new EmpiricalLoss(made.Problem);
        var found = Run(method, loss);
        Assert.True(found.IsAtRest);
        Assert.Equal(3, found.Rank);
        Assert.InRange(loss.Passes, 0, found.Passes);
        var tuned = new GaussNewton().Run(loss, found.Factor()).Factor;
        var oracle = OracleLeastSquares.Solve(made.Problem, made.Factor);
        Assert.InRange((tuned.mm(tuned.t()) - oracle.mm(oracle.t())).norm().item<double>(), 0, 1e-6);
        Assert.True((found.Matrix - made.Truth).norm().item<double>() > 1.1 * (tuned.mm(tuned.t()) - made.Truth).norm().item<double>());
    }

    [Fact]
    public void Adaptive_steps_end_where_accelerated_ones_do_in_fewer_passes()
    {
        using var scope = NewDisposeScope();
        using var made = Settings.Create();
        var loss = new EmpiricalLoss(made.Problem);
        foreach (var threshold in (SpectralThreshold[])[Trace, Half])
        {
            var (slow, fast) = (new AcceleratedThresholding(threshold) { Tolerance = 1e-7 }.Run(loss), new AdaptiveThresholding(threshold) { Tolerance = 1e-7 }.Run(loss));
            Assert.InRange((slow.Matrix - fast.Matrix).norm().item<double>(), 0, 1e-5);
            Assert.True(2 * new AdaptiveThresholding(threshold).Run(loss).Passes < new AcceleratedThresholding(threshold).Run(loss).Passes);
        }
    }

    [Fact]
    public void Half_thresholding_ends_where_group_lasso_with_rotations_does()
    {
        using var scope = NewDisposeScope();
        using var made = Settings.Create();
        var loss = new EmpiricalLoss(made.Problem);
        var found = new AdaptiveThresholding(Half) { Tolerance = 1e-8 }.Run(loss);
        var options = new DescentOptions { StepSize = 0.02, RotateEvery = 25, Iterations = 3000, StopWhenCertified = false };
        var factor = new PerturbedDescent(loss, new SmoothedGroupLasso(0.05, 1e-5), options).Run(SpectralStart.Of(loss, 12)).Factor;
        Assert.InRange((factor.mm(factor.t()) - found.Matrix).norm().item<double>(), 0, 2e-4);
    }

    [Fact]
    public void The_trace_norm_takes_half_of_lambda_from_every_eigenvalue() => AssertBias(new TraceNorm(0.04), (value, lambda) => lambda / 2, 1e-4);

    [Fact]
    public void Half_thresholding_takes_lambda_over_four_roots_from_an_eigenvalue() => AssertBias(new SchattenHalf(0.01), (value, lambda) => lambda / (4 * Math.Sqrt(value)), 1e-4);

    [Fact]
    public void A_threshold_is_the_minimiser_on_a_grid() => Gen.Select(Gen.Double[-1, 3], Gen.Double[0.01, 1], Gen.Double[0.05, 1], Gen.Bool).Sample(
        (value, lambda, step, half) =>
        {
            SpectralThreshold threshold = half ? new SchattenHalf(lambda) : new TraceNorm(lambda);
            var least = Enumerable.Range(0, 3001).Min(i => Cost(i * 1e-3));
            Assert.True(Cost(threshold.Apply(value, step)) <= least + 1e-12);

            double Cost(double x) => (x - value) * (x - value) / (2 * step) + threshold.Value(x);
        },
        iter: 300);

    [Fact]
    public void Hard_thresholding_with_the_rank_reaches_least_squares()
    {
        using var scope = NewDisposeScope();
        using var made = Settings.Create();
        var loss = new EmpiricalLoss(made.Problem);
        var found = new NormalizedHardThresholding(3).Run(loss);
        var oracle = OracleLeastSquares.Solve(made.Problem, made.Factor);
        Assert.True(found.IsAtRest);
        Assert.Equal(loss.Passes, found.Passes);
        Assert.InRange((found.Matrix - oracle.mm(oracle.t())).norm().item<double>(), 0, 1e-6);
    }

    [Fact]
    public void Weight_decay_finds_the_rank_but_spreads_it_over_all_columns()
    {
        using var scope = NewDisposeScope();
        using var made = Settings.Create();
        var options = new DescentOptions { Iterations = 2500, StopWhenCertified = false, PerturbationRadius = 0 };
        var factor = new PerturbedDescent(new EmpiricalLoss(made.Problem), new WeightDecay(0.05), options).Run(RandomStart.Of(30, 30, 0.1, 1)).Factor;
        var product = factor.mm(factor.t());
        Assert.Equal(3, (linalg.eigvalsh(product) > 0.02).sum().item<long>());
        Assert.InRange((product - made.Truth).norm().item<double>(), 0, 0.15);
        var longest = GreedyPruning.KeepLargest(factor, 3);
        Assert.True((longest.mm(longest.t()) - made.Truth).norm().item<double>() > 1);
    }

    [Fact]
    public void A_small_start_shows_the_rank_in_its_product()
    {
        using var scope = NewDisposeScope();
        using var made = Settings.Create();
        var found = new SmallStartDescent { Iterations = 400 }.Run(new EmpiricalLoss(made.Problem));
        Assert.Equal(3, found.Rank);
        var cut = found.Factor();
        Assert.InRange((cut.mm(cut.t()) - made.Truth).norm().item<double>(), 0, 0.1);
    }

    [Fact]
    public void Scaled_descent_with_too_many_columns_comes_near_the_truth_without_noise()
    {
        using var scope = NewDisposeScope();
        using var made = (Settings with { Noise = 0, SingularValues = [1, 0.3] }).Create();
        var loss = new EmpiricalLoss(made.Problem);
        var start = made.Truth.norm().item<double>();
        var found = new OverparameterizedScaledDescent { Iterations = 400 }.Run(loss);
        Assert.InRange((found.Matrix - made.Truth).norm().item<double>() / start, 0, 0.25);
        Assert.Contains("step size of 5", Assert.Throws<NestorException>(() => new OverparameterizedScaledDescent { StepSize = 5 }.Run(loss)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_settings_are_refused_with_a_reason()
    {
        using var scope = NewDisposeScope();
        using var made = Settings.Create();
        var loss = new EmpiricalLoss(made.Problem);
        Assert.Contains("lambda is NaN", Assert.Throws<NestorException>(() => new AdaptiveThresholding(new SchattenHalf(double.NaN)).Run(loss)).Message, StringComparison.Ordinal);
        Assert.Contains("0 iterations", Assert.Throws<NestorException>(() => new AcceleratedThresholding(Trace) { Iterations = 0 }.Run(loss)).Message, StringComparison.Ordinal);
        Assert.Contains("choose a smaller lambda", Assert.Throws<NestorException>(() => new AdaptiveThresholding(new TraceNorm(50)).Run(loss)).Message, StringComparison.Ordinal);
        Assert.Contains("Rank 31", Assert.Throws<NestorException>(() => new NormalizedHardThresholding(31).Run(loss)).Message, StringComparison.Ordinal);
    }

    private static SensingEstimate Run(string method, IMatrixLoss loss) => method switch
    {
        "accelerated trace" => new AcceleratedThresholding(Trace).Run(loss),
        "adaptive trace" => new AdaptiveThresholding(Trace).Run(loss),
        "accelerated half" => new AcceleratedThresholding(Half).Run(loss),
        _ => new AdaptiveThresholding(Half).Run(loss),
    };

    private static void AssertBias(SpectralThreshold threshold, Func<double, double, double> bias, double bound)
    {
        using var scope = NewDisposeScope();
        using var factor = Settings.Factor();
        var truth = factor.mm(factor.t());
        var lambda = threshold is TraceNorm trace ? trace.Lambda : ((SchattenHalf)threshold).Lambda;
        var found = new AdaptiveThresholding(threshold) { Tolerance = 1e-10 }.Run(new PopulationLoss(truth)).Matrix;
        var (values, wanted) = (linalg.eigvalsh(found).flip(0), Settings.SingularValues.Select(value => value * value));
        foreach (var (value, i) in wanted.Select((value, i) => (value, i)))
            Assert.Equal(bias(value, lambda), value - values[i].item<double>(), bound * value);
    }
}
