using System.Text;
using Nestor.Training.Sensing;
using Nestor.Training.Sensing.Peers;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E13: passes over the measurements to the least-squares answer, of every method; the same on any machine.</summary>
internal sealed record PeersByPasses() : SensingExperiment("E13", "Passes over the measurements, of all methods")
{
    private const double Close = 1e-6;

    /// <summary>A method: finds a factor of the rank it believes in.</summary>
    private sealed record Method(string Name, string NeedsRank, Func<EmpiricalLoss, Task, CancellationToken, Answer> Find);

    private sealed record Task(SyntheticSensing Settings, SmoothedGroupLasso Penalty, SensingProblem? Problem = null);

    /// <summary>What a method found.</summary>
    /// <param name="Factor">Before fine-tuning.</param>
    /// <param name="IsSure">Whether it came to rest, or holds its certificate.</param>
    /// <param name="PassesElsewhere">Passes on a loss of its own.</param>
    private sealed record Answer(Tensor Factor, bool IsSure, long PassesElsewhere = 0);

    private static readonly Method[] Methods =
    [
        new("group lasso, plain (k = d)", "no", (loss, task, stop) => Lasso(loss, task, RandomStart.Of(loss.Dimension, loss.Dimension, 0.1, task.Settings.Seed), 0, stop)),
        new("group lasso, rotation every 25 (k = d)", "no", (loss, task, stop) => Lasso(loss, task, RandomStart.Of(loss.Dimension, loss.Dimension, 0.1, task.Settings.Seed), 25, stop)),
        new("group lasso, rotation every 25 (k = 4r)", "bound", (loss, task, stop) => Lasso(loss, task, RandomStart.Of(loss.Dimension, 4 * task.Settings.Rank, 0.1, task.Settings.Seed), 25, stop)),
        new("group lasso, accelerated, no λ given (the default)", "no", (_, task, stop) => Default(task, stop)),
        new("half-thresholding, adaptive steps (ours)", "no", (loss, task, stop) => Found(new AdaptiveThresholding(new SchattenHalf(task.Penalty.Lambda)).Run(loss, stop))),
        new("half-thresholding, FISTA", "no", (loss, task, stop) => Found(new AcceleratedThresholding(new SchattenHalf(task.Penalty.Lambda)).Run(loss, stop))),
        new("trace norm, FISTA", "no", (loss, task, stop) => Found(new AcceleratedThresholding(Trace(task)).Run(loss, stop))),
        new("trace norm, adaptive steps (ours)", "no", (loss, task, stop) => Found(new AdaptiveThresholding(Trace(task)).Run(loss, stop))),
        new("descent from a small start, cut by eigenvalues", "gap", (loss, _, stop) => Found(new SmallStartDescent().Run(loss, stop))),
        new("scaled descent, k = d", "gap", (loss, _, stop) => Found(new OverparameterizedScaledDescent().Run(loss, cancellation: stop))),
        new("hard thresholding (NIHT)", "yes", (loss, task, stop) => Found(new NormalizedHardThresholding(task.Settings.Rank).Run(loss, cancellation: stop))),
    ];

    public override SensingSection Run(SensingContext context)
    {
        var seeds = context.Seeds(3, quick: 1);
        (string Title, Task Task)[] problems =
        [
            ("r = 3, noise 0.1, m = 750, singular values 1, 0.9, 0.8; λ = 0.05, β = 0.01", new(new SyntheticSensing(), new SmoothedGroupLasso(0.05, 0.01))),
            ("r = 5, noise 0.02, m = 1250, singular values 1, 0.8, 0.6, 0.45, 0.316; λ = 0.01, β = 0.0025", new(new SyntheticSensing { SingularValues = [1, 0.8, 0.6, 0.45, 0.316], Noise = 0.02 }, new SmoothedGroupLasso(0.01, 0.0025))),
        ];
        var text = new StringBuilder();
        text.Append($"d = 50, {seeds.Count} seeds, medians. Passes until the method stops, and with Gauss-Newton until the answer is within {Number(Close)} of least squares (of the found rank; \"never\" where the rank is another). A method is sure when it comes to rest or holds its certificate.\n");
        foreach (var (title, task) in context.Choose(problems, 0))
        {
            text.Append($"\n{title}:\n").Heading("method", "needs r", "passes", "with Gauss-Newton", "rank right", "sure", "error before", "after", "oracle");
            foreach (var method in Methods)
            {
                var runs = new List<(double Passes, double All, bool Right, bool Sure, double Before, double After, double Oracle)>();
                foreach (var seed in seeds)
                {
                    context.Tell($"{method.Name}, rank {task.Settings.Rank}, seed {seed + 1} of {seeds.Count}");
                    runs.Add(Measure(method, task with { Settings = task.Settings with { Seed = seed } }, context));
                }

                var right = runs.Where(run => run.Right).ToList();
                text.Row(method.Name, method.NeedsRank, $"{Median(runs.Select(run => run.Passes)):F0}", right.Count == 0 ? "never" : $"{Median(right.Select(run => run.All)):F0}", $"{right.Count} of {runs.Count}", $"{runs.Count(run => run.Sure)} of {runs.Count}", Number(Median(runs.Select(run => run.Before))), Number(Median(runs.Select(run => run.After))), Number(Median(runs.Select(run => run.Oracle))));
            }
        }

        return new SensingSection(text.ToString(), []);
    }

    private static (double Passes, double All, bool Right, bool Sure, double Before, double After, double Oracle) Measure(Method method, Task task, SensingContext context)
    {
        using var scope = NewDisposeScope();
        using var made = task.Settings.Create();
        var loss = new EmpiricalLoss(made.Problem, context.Threads);
        var oracle = OracleLeastSquares.Solve(made.Problem, made.Factor, context.Threads);
        var (factor, sure, elsewhere) = method.Find(loss, task with { Problem = made.Problem }, context.Cancellation);
        var passes = elsewhere + loss.Passes;
        var tuned = new GaussNewton { Tolerance = Close / 10 }.Run(loss, factor, cancellation: context.Cancellation).Factor;
        var right = Error(tuned, oracle.mm(oracle.t())) < Close * oracle.mm(oracle.t()).norm().item<double>();
        return (passes, elsewhere + loss.Passes, right, sure, Error(factor, made.Truth), Error(tuned, made.Truth), Error(oracle, made.Truth));
    }

    private static TraceNorm Trace(Task task) => TraceNorm.For(task.Settings.Noise, task.Settings.Dimension, task.Settings.Count);

    private static Answer Found(SensingEstimate estimate) => new(estimate.Factor(), estimate.IsAtRest);

    private static Answer Default(Task task, CancellationToken cancellation)
    {
        var solution = GroupLassoSensing.Solve(task.Problem!, new SensingOptions(), cancellation: cancellation);
        return new Answer(solution.Pruned.Factor, solution.Pruned.IsPruned, solution.DescentPasses);
    }

    private static Answer Lasso(EmpiricalLoss loss, Task task, Tensor start, int rotateEvery, CancellationToken cancellation)
    {
        var descent = new PerturbedDescent(loss, task.Penalty, new DescentOptions { RotateEvery = rotateEvery, Seed = (long)task.Settings.Seed }).Run(start, cancellation: cancellation);
        return new Answer(GreedyPruning.KeepLargest(descent.Factor, Math.Max(1, descent.Certificate.Live)), descent.Certificate.Holds);
    }
}
