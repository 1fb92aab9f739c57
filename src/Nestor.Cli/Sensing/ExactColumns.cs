using System.Text;
using Nestor.Cli.Reports;
using Nestor.Training.Sensing;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E1: with the penalty exactly as many columns survive as the hidden matrix has rank; without it columns cannot be pruned.</summary>
internal sealed record ExactColumns() : SensingExperiment("E1", "Exactly r columns")
{
    private const double Step = 0.05, TuningStep = 0.1, Decay = 0.03;
    private const int Iterations = 2500, TuningSteps = 400;

    private static readonly SmoothedGroupLasso Penalty = new(0.05, 0.01);

    public override SensingSection Run(SensingContext context)
    {
        var settings = new SyntheticSensing();
        var seeds = context.Seeds(20, quick: 2);
        var (runs, charts) = (new List<Outcome>(), new List<LineChart>());
        foreach (var seed in seeds)
        {
            context.Tell($"seed {seed + 1} of {seeds.Count}");
            runs.Add(Measure(settings with { Seed = seed }, context, seed == 0 ? charts : null));
        }

        var text = new StringBuilder();
        text.Append($"d = k = {settings.Dimension}, r = {settings.Rank}, singular values {string.Join(", ", settings.SingularValues)}, m = 5dr = {settings.Count}, noise {settings.Noise}, start N(0, 0.1²), η = {Step}, λ = {Penalty.Lambda}, β = {Penalty.Beta} (threshold {Penalty.Threshold}), {Iterations} steps; {runs.Count} seeds. Mean, least and most.\n");
        text.Heading("quantity", "measured");
        text.Row("seeds with exactly r surviving columns", $"{runs.Count(run => run.Survivors == settings.Rank)} of {runs.Count}");
        text.Row("seeds with a certificate", $"{runs.Count(run => run.IsCertified)} of {runs.Count}");
        text.Row("r-th / (r+1)-th column norm", $"{Range(runs.Select(run => run.Shortest))} / {Range(runs.Select(run => run.Next))}");
        text.Row("error after pruning", Range(runs.Select(run => run.Pruned)));
        text.Row($"error after {TuningSteps} steps of gradient descent, η = {TuningStep}", Range(runs.Select(run => run.Tuned)));
        text.Row("error of the oracle's least squares", Range(runs.Select(run => run.Oracle)));
        text.Row("largest relative difference of the two", Number(runs.Max(run => Math.Abs(run.Tuned - run.Oracle) / run.Oracle)));
        text.Row("linear rate of a fine-tuning step", Range(runs.Select(run => run.Rate)));
        foreach (var (name, choose) in (ReadOnlySpan<(string, Func<Outcome, Bare>)>)[("start 0.1", run => run.Large), ("start 0.001", run => run.Small)])
        {
            var bare = runs.ConvertAll(run => choose(run));
            text.Row($"no penalty, {name}: error", Range(bare.Select(run => run.Error)));
            text.Row($"no penalty, {name}: columns above half of the longest", Range(bare.Select(run => (double)run.Long)));
            text.Row($"no penalty, {name}: error of the r longest columns", Range(bare.Select(run => run.Longest)));
            text.Row($"no penalty, {name}: error of the r largest eigenvalues", Range(bare.Select(run => run.Leading)));
            text.Row($"no penalty, {name}: error of the r longest columns after fine-tuning", Range(bare.Select(run => run.LongestTuned)));
        }

        text.Append("\nWith the rank given, even badly pruned columns can be fine-tuned: what the penalty brings is the rank itself, and a small error right after pruning.\n");
        return new SensingSection(text.ToString(), charts);
    }

    private static Outcome Measure(SyntheticSensing settings, SensingContext context, List<LineChart>? charts)
    {
        using var scope = NewDisposeScope();
        using var made = settings.Create();
        var (truth, rank, cancellation) = (made.Truth, settings.Rank, context.Cancellation);
        var loss = new EmpiricalLoss(made.Problem, context.Threads);
        Tensor Start(double deviation) => RandomStart.Of(settings.Dimension, settings.Dimension, deviation, settings.Seed);
        var descent = new PerturbedDescent(loss, Penalty, Whole(Step, Iterations) with { Seed = (long)settings.Seed }).Run(Start(0.1), cancellation: cancellation);
        var norms = ColumnNorms.Descending(descent.Factor);
        var oracle = OracleLeastSquares.Solve(made.Problem, made.Factor, context.Threads);
        var pruned = GreedyPruning.KeepLargest(descent.Factor, Math.Max(1, descent.Certificate.Live));
        var distances = new List<double>();
        var floor = oracle.mm(oracle.t());
        var tuned = new GradientDescent(TuningStep) { Iterations = TuningSteps, Tolerance = 0 }.Run(loss, pruned, step => distances.Add(Error(step.Factor, floor)), cancellation).Factor;

        var (large, small) = (Unpenalised(loss, Start(0.1), Step, Iterations, cancellation), Unpenalised(loss, Start(1e-3), Step, Iterations, cancellation));
        if (charts is not null)
        {
            var decayed = Decayed(loss, Start(0.1), Decay, Step, Iterations, cancellation);
            charts.Add(Picture([("group lasso", norms), ("no penalty, start 0.1", ColumnNorms.Descending(large)), ("no penalty, start 0.001", ColumnNorms.Descending(small)), ($"weight decay {Decay}", ColumnNorms.Descending(decayed))]));
        }

        return new Outcome(descent.Certificate.Live, descent.Certificate.Holds, norms[rank - 1], norms[rank], Error(pruned, truth), Error(tuned, truth), Error(oracle, truth), LinearRate.Of(distances, 1e-2, 1e-9), Of(large), Of(small));

        Bare Of(Tensor factor)
        {
            var longest = GreedyPruning.KeepLargest(factor, rank);
            var again = new GradientDescent(TuningStep) { Iterations = TuningSteps, Tolerance = 0 }.Run(loss, longest, cancellation: cancellation).Factor;
            return new Bare(Error(factor, truth), LongerThan(ColumnNorms.Of(factor), 0.5), Error(longest, truth), ErrorOfRank(factor, rank, truth), Error(again, truth));
        }
    }

    private static LineChart Picture(IReadOnlyList<(string Name, double[] Norms)> spectra) => new(
        "sensing-columns.png", "Column norms after training, from the longest", "column", "l2 norm",
        [.. spectra.Select(one => new ChartLine(one.Name, Places(one.Norms.Length), one.Norms)), new ChartLine("threshold", [1, spectra[0].Norms.Length], [Penalty.Threshold, Penalty.Threshold], IsDashed: true)]);

    private static double[] Places(int count) => [.. Enumerable.Range(1, count).Select(i => (double)i)];

    private sealed record Bare(double Error, int Long, double Longest, double Leading, double LongestTuned);

    private sealed record Outcome(int Survivors, bool IsCertified, double Shortest, double Next, double Pruned, double Tuned, double Oracle, double Rate, Bare Large, Bare Small);
}
