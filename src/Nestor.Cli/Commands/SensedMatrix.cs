using System.Diagnostics;
using Nestor.Cli.Terminal;
using Nestor.Training.Sensing;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>A problem of <c>nestor sense</c>, solved, beside its answer.</summary>
/// <param name="Settings">The problem.</param>
/// <param name="Options">How it was solved.</param>
/// <param name="Solution">What was found.</param>
/// <param name="Norms">Column norms at the end of the descent, from the longest.</param>
/// <param name="Found">Lengths of the final factor's columns when orthogonal, from the longest.</param>
/// <param name="PrunedError">‖UUᵀ − M‖ after pruning, or of the whole factor.</param>
/// <param name="Error">‖UUᵀ − M‖ at the end.</param>
/// <param name="OracleError">The same of the least squares from the truth: what noise leaves.</param>
/// <param name="Rate">By how much a step of the fine-tuning shortened the next, on average; null with too few.</param>
/// <param name="Seconds">Time to solve, without making the problem.</param>
internal sealed record SensedMatrix(
    SyntheticSensing Settings,
    SensingOptions Options,
    SensingSolution Solution,
    IReadOnlyList<double> Norms,
    IReadOnlyList<double> Found,
    double PrunedError,
    double Error,
    double OracleError,
    double? Rate,
    double Seconds)
{
    // Below it, steps are rounding.
    private const double LeastChange = 1e-12;

    public static SensedMatrix Of(SyntheticSensing settings, SensingOptions options, bool quiet, CancellationToken cancellation)
    {
        using var made = settings.Create();
        var changes = new List<double>();
        var watch = Stopwatch.StartNew();
        var solution = SensingDisplay.Show(quiet, show => GroupLassoSensing.Solve(made.Problem, options, progress =>
        {
            if (progress.Stage == SensingStage.FineTuning && progress.Change > LeastChange)
                changes.Add(progress.Change);
            show(progress);
        }, cancellation));
        var seconds = watch.Elapsed.TotalSeconds;
        double ErrorOf(Tensor factor) => (factor.mm(factor.t()) - made.Truth).norm().item<double>();
        return new SensedMatrix(
            settings,
            options,
            solution,
            ColumnNorms.Descending(solution.Descent.Factor),
            ColumnNorms.Of(ColumnRotation.Apply(solution.Factor)),
            ErrorOf(solution.Pruned.Factor),
            ErrorOf(solution.Factor),
            ErrorOf(OracleLeastSquares.Solve(made.Problem, made.Factor, options.Threads)),
            changes.Count > 1 ? Math.Pow(changes[^1] / changes[0], 1.0 / (changes.Count - 1)) : null,
            seconds);
    }
}
