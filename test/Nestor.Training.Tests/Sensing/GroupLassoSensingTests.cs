using Nestor.Training.Sensing;
using static Nestor.Training.Tests.Sensing.SensingShapes;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

public sealed class GroupLassoSensingTests
{
    private static readonly SyntheticSensing Standard = new() { Seed = 1 };

    /// <summary>Name, problem: all solved by the defaults.</summary>
    public static TheoryData<string> Problems => [.. Named.Keys];

    private static readonly Dictionary<string, SyntheticSensing> Named = new()
    {
        ["standard"] = Standard,
        ["without noise"] = Standard with { Noise = 0 },
        ["much noise"] = Standard with { Noise = 0.6 },
        ["another scale"] = Standard with { Noise = 20, SingularValues = [40, 30, 20] },
        ["long and short columns"] = Standard with { Noise = 0.01, SingularValues = [1, 0.5, 0.25, 0.125] },
        ["ten columns"] = Standard with { SingularValues = SyntheticSensing.Even(10, 1, 0.8) },
        ["few measurements"] = Standard with { Dimension = 40, Noise = 0.05, SingularValues = SyntheticSensing.Even(4, 1, 0.8), Measurements = 240 },
        ["a network with quadratic activations"] = Standard with { Dimension = 30, Noise = 0.2, Kind = MeasurementKind.QuadraticNetwork },
        ["float32"] = Standard with { Precision = MeasurementPrecision.Single },
    };

    [Theory]
    [MemberData(nameof(Problems))]
    public void The_defaults_find_rank_and_matrix_without_knowing_rank_noise_or_scale(string name)
    {
        using var scope = NewDisposeScope();
        var settings = Named[name];
        using var made = settings.Create();
        var solution = GroupLassoSensing.Solve(made.Problem, new SensingOptions());
        Assert.Equal(settings.Rank, solution.Rank);
        Assert.Empty(solution.Warnings);
        Assert.True(solution.Tuned!.IsAtRest);
        var oracle = Error(OracleLeastSquares.Solve(made.Problem, made.Factor), made.Truth);
        Assert.InRange(Error(solution.Factor, made.Truth), 0, 1.01 * oracle + 1e-6);
        Assert.InRange(solution.Noise, 0.8 * settings.Noise, 1.2 * settings.Noise + 1e-6);
    }

    [Theory]
    [InlineData(SensingMethod.Plain)]
    [InlineData(SensingMethod.Rotated)]
    [InlineData(SensingMethod.Proximal)]
    public void Every_method_ends_with_the_same_matrix(SensingMethod method)
    {
        using var scope = NewDisposeScope();
        using var made = Standard.Create();
        var stages = new HashSet<SensingStage>();
        var solution = GroupLassoSensing.Solve(made.Problem, new SensingOptions { Method = method, Lambda = 0.05, Beta = 0.01 }, progress => stages.Add(progress.Stage));
        Assert.Equal(3, solution.Rank);
        Assert.Empty(solution.Warnings);
        Assert.Equal([SensingStage.Descent, SensingStage.FineTuning], stages.Order());
        var fastest = GroupLassoSensing.Solve(made.Problem, new SensingOptions());
        Assert.Equal(Error(fastest.Factor, made.Truth), Error(solution.Factor, made.Truth), 1e-6);
        Assert.InRange(fastest.DescentPasses, 1, solution.DescentPasses / 3);
    }

    [Fact]
    public void The_paper_s_method_takes_its_penalty_from_the_data_if_none_is_given()
    {
        using var scope = NewDisposeScope();
        using var made = (Standard with { Dimension = 30 }).Create();
        var solution = GroupLassoSensing.Solve(made.Problem, new SensingOptions { Method = SensingMethod.Plain, Noise = 0.1 });
        Assert.Equal(3, solution.Rank);
        Assert.Empty(solution.Warnings);
    }

    [Theory]
    [InlineData(0.0005, "below")]
    [InlineData(0.6, "above")]
    public void Lambda_outside_its_window_is_warned_of_with_the_window(double lambda, string where)
    {
        using var scope = NewDisposeScope();
        using var made = (Standard with { Dimension = 30 }).Create();
        var solution = GroupLassoSensing.Solve(made.Problem, new SensingOptions { Lambda = lambda, Beta = 0.01, Iterations = 400 });
        Assert.NotEqual(3, solution.Rank);
        Assert.Contains(solution.Warnings, warning => warning.Contains(where, StringComparison.Ordinal) && warning.Contains("window from", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_certificate_the_solution_says_so_and_holds_the_whole_factor()
    {
        using var scope = NewDisposeScope();
        using var made = Standard.Create();
        var solution = GroupLassoSensing.Solve(made.Problem, new SensingOptions { Method = SensingMethod.Plain, Lambda = 0.05, Beta = 0.01, Iterations = 200 });
        Assert.Null(solution.Rank);
        Assert.Null(solution.Tuned);
        Assert.Equal(solution.Descent.Factor.shape, solution.Factor.shape);
        Assert.Contains(solution.Warnings, warning => warning.StartsWith("NST203", StringComparison.Ordinal) && warning.Contains("nothing was pruned", StringComparison.Ordinal));
    }

    [Fact]
    public void Noise_alone_has_no_rank()
    {
        using var scope = NewDisposeScope();
        using var made = (Standard with { SingularValues = [0.05], Measurements = 750, Noise = 1 }).Create();
        var solution = GroupLassoSensing.Solve(made.Problem, new SensingOptions());
        Assert.Null(solution.Rank);
        Assert.NotEmpty(solution.Warnings);
        Assert.Contains("stands out", Assert.Throws<NestorException>(() => GroupLassoSensing.Solve(made.Problem, new SensingOptions { Method = SensingMethod.Plain })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_options_are_told_together_and_too_few_measurements_before_any_work()
    {
        using var scope = NewDisposeScope();
        using var made = Standard.Create();
        var options = new SensingOptions { Lambda = -1, Beta = 0, Noise = double.NaN, Columns = 51, StepSize = 0, Iterations = 0, Threads = 0 };
        var error = Assert.Throws<NestorException>(() => GroupLassoSensing.Solve(made.Problem, options));
        Assert.All((string[])["lambda is -1", "beta is 0", "noise is NaN", "51 columns", "step size is 0", "0 iterations", "0 threads"], problem => Assert.Contains(problem, error.Message, StringComparison.Ordinal));
        var few = new SensingProblem(PackedMeasurements.Gaussian(20, 19, 1), new double[19]);
        Assert.Contains("free numbers", Assert.Throws<NestorException>(() => GroupLassoSensing.Solve(few, new SensingOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Observations_of_nothing_are_told()
    {
        using var scope = NewDisposeScope();
        var nothing = new SensingProblem(PackedMeasurements.Gaussian(20, 100, 1), new double[100]);
        Assert.Contains("zero", Assert.Throws<NestorException>(() => GroupLassoSensing.Solve(nothing, new SensingOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_stops_between_two_steps_when_cancelled()
    {
        using var scope = NewDisposeScope();
        using var made = Standard.Create();
        using var stop = new CancellationTokenSource();
        var steps = 0;
        Assert.Throws<OperationCanceledException>(() => GroupLassoSensing.Solve(made.Problem, new SensingOptions(), _ =>
        {
            if (++steps == 7)
                stop.Cancel();
        }, stop.Token));
        Assert.Equal(7, steps);
    }

    [Fact]
    public void Nothing_but_the_solution_is_left_behind()
    {
        using var scope = NewDisposeScope();
        using var made = Standard.Create();
        GroupLassoSensing.Solve(made.Problem, new SensingOptions());
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var solution = GroupLassoSensing.Solve(made.Problem, new SensingOptions());
        Assert.InRange(TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount - before, 3, 3);
        Assert.Equal(3, solution.Rank);
    }
}
